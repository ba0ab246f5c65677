#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "runtime/arena.hpp"

namespace grader::runtime {

/// A growable array of plain values in the run's arena, indexed by thread id or the like: reading
/// past the end with at() grows it by values of `T{}`. Old storage is left to the
/// arena: growth doubles, so at most half is lost.
template <typename T>
class Table {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  /// Must come first; `arena` outlives the table.
  void start(Arena& arena) {
    arena_ = &arena;
    data_ = nullptr;
    size_ = capacity_ = 0;
  }

  [[nodiscard]] std::uint32_t size() const { return size_; }
  T& operator[](std::uint32_t index) { return data_[index]; }
  const T& operator[](std::uint32_t index) const { return data_[index]; }

  /// The element at `index`, made if it was never asked for.
  T& at(std::uint32_t index) {
    while (size_ <= index) push_back(T{});
    return data_[index];
  }
  void push_back(const T& value) {
    if (size_ == capacity_) grow();
    data_[size_++] = value;
  }
  /// Forgets the elements from `size` on.
  void shrink(std::uint32_t size) {
    if (size < size_) size_ = size;
  }

 private:
  void grow() {
    const std::uint32_t capacity = capacity_ == 0 ? 16 : 2 * capacity_;
    T* data = static_cast<T*>(arena_->allocate(capacity * sizeof(T)));
    if (size_ > 0) std::memcpy(static_cast<void*>(data), data_, size_ * sizeof(T));
    data_ = data;
    capacity_ = capacity;
  }

  Arena* arena_ = nullptr;
  T* data_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

}  // namespace grader::runtime
