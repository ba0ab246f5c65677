#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>

namespace grader::runtime {

/// Hands out memory of one region that every process of a run maps at the same address, so plain
/// pointers into it are valid everywhere. Plain data without pointers to code. Only the holder of
/// the baton allocates, so there is no lock. Memory is *not* zeroed: a region serves many runs.
class Arena {
 public:
  static constexpr std::size_t kAlignment = 16;

  Arena() = default;
  Arena(void* base, std::size_t size)
      : next_(align(reinterpret_cast<std::uintptr_t>(base))),
        end_(reinterpret_cast<std::uintptr_t>(base) + size),
        begin_(reinterpret_cast<std::uintptr_t>(base)) {}

  /// 16-byte aligned; never null. When the region is full, `*exhausted_flag` becomes
  /// `exhausted_value` and the process traps: that is the grader's fault, told by the flag.
  void* allocate(std::size_t bytes) {
    const unsigned size_class = class_of(bytes);
    if (size_class < kClasses && free_[size_class] != nullptr) {
      FreeBlock* block = free_[size_class];
      free_[size_class] = block->next;
      return block;
    }
    const std::size_t size = size_class < kClasses ? (kAlignment << size_class) : align(bytes);
    if (end_ - next_ < size) exhausted();
    void* block = reinterpret_cast<void*>(next_);
    next_ += size;
    return block;
  }

  /// Gives back what `allocate(bytes)` returned.
  void release(void* block, std::size_t bytes) {
    const unsigned size_class = class_of(bytes);
    if (block == nullptr || size_class >= kClasses) return;
    auto* free_block = static_cast<FreeBlock*>(block);
    free_block->next = free_[size_class];
    free_[size_class] = free_block;
  }

  template <typename T, typename... Arguments>
  T* make(Arguments&&... arguments) {
    static_assert(alignof(T) <= kAlignment);
    return new (allocate(sizeof(T))) T{static_cast<Arguments&&>(arguments)...};
  }

  [[nodiscard]] std::size_t used() const { return next_ - begin_; }

  /// Where to note that the region was too small; null: nowhere.
  void tell_exhausted(std::atomic<std::uint32_t>* flag, std::uint32_t value) {
    exhausted_flag_ = flag;
    exhausted_value_ = value;
  }

 private:
  struct FreeBlock {
    FreeBlock* next;
  };
  static constexpr unsigned kClasses = 24;  ///< powers of two from 16 bytes up to 128 MiB

  static constexpr std::uintptr_t align(std::uintptr_t n) {
    return (n + kAlignment - 1) & ~std::uintptr_t{kAlignment - 1};
  }
  static unsigned class_of(std::size_t bytes) {
    if (bytes <= kAlignment) return 0;
    return static_cast<unsigned>(64 - __builtin_clzll((bytes - 1) / kAlignment));
  }
  [[noreturn]] void exhausted() const {
    if (exhausted_flag_ != nullptr) exhausted_flag_->store(exhausted_value_);
    __builtin_trap();
  }

  std::uintptr_t next_ = 0;
  std::uintptr_t end_ = 0;
  std::uintptr_t begin_ = 0;
  std::atomic<std::uint32_t>* exhausted_flag_ = nullptr;
  std::uint32_t exhausted_value_ = 0;
  FreeBlock* free_[kClasses] = {};
};

/// A growable array of plain values in an arena.
template <typename T>
class ArenaVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  T& operator[](std::uint32_t index) { return data_[index]; }
  const T& operator[](std::uint32_t index) const { return data_[index]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  T& back() { return data_[size_ - 1]; }
  void clear() { size_ = 0; }

  void push_back(Arena& arena, const T& value) {
    const T copy = value;  // `value` may live in the storage that grows
    if (size_ == capacity_) grow(arena);
    data_[size_++] = copy;
  }
  void insert(Arena& arena, std::uint32_t index, const T& value) {
    const T copy = value;
    if (size_ == capacity_) grow(arena);
    std::memmove(static_cast<void*>(data_ + index + 1), data_ + index, (size_ - index) * sizeof(T));
    data_[index] = copy;
    ++size_;
  }
  void erase(std::uint32_t index) {
    --size_;
    std::memmove(static_cast<void*>(data_ + index), data_ + index + 1, (size_ - index) * sizeof(T));
  }
  /// Removes the first element equal to `value`, keeping the order; false when there is none.
  bool remove(const T& value) {
    for (std::uint32_t i = 0; i < size_; ++i) {
      if (data_[i] != value) continue;
      erase(i);
      return true;
    }
    return false;
  }

 private:
  void grow(Arena& arena) {
    const std::uint32_t capacity = capacity_ == 0 ? 8 : 2 * capacity_;
    T* data = static_cast<T*>(arena.allocate(capacity * sizeof(T)));
    if (size_ > 0) std::memcpy(static_cast<void*>(data), data_, size_ * sizeof(T));
    arena.release(data_, capacity_ * sizeof(T));
    data_ = data;
    capacity_ = capacity;
  }

  T* data_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

}  // namespace grader::runtime
