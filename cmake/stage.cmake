# Flags that every target of ours is held to.
add_library(grader_flags INTERFACE)
target_compile_options(grader_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion -Wnon-virtual-dtor
                       -Wold-style-cast -Werror)
target_include_directories(grader_flags INTERFACE ${CMAKE_SOURCE_DIR}/grader)
if(GRADER_SANITIZE)
  target_compile_options(grader_flags INTERFACE -fsanitize=${GRADER_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(grader_flags INTERFACE -fsanitize=${GRADER_SANITIZE})
endif()

# stage(<folder> [libraries...]): the .cpp files beside this list become library `<folder>`, its
# *_test.cpp files become the test program `<folder>_test`; *_main.cpp are programs of their own.
function(stage folder)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|main)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(sources)
    add_library(${folder} STATIC ${sources})
    target_link_libraries(${folder} PUBLIC grader_flags ${ARGN})
  else()
    add_library(${folder} INTERFACE)
    target_link_libraries(${folder} INTERFACE grader_flags ${ARGN})
  endif()
  if(GRADER_TESTS AND tests)
    add_executable(${folder}_test ${tests})
    target_link_libraries(${folder}_test PRIVATE ${folder} GTest::gtest GTest::gmock GTest::gtest_main)
    target_precompile_headers(${folder}_test PRIVATE <gmock/gmock.h> <gtest/gtest.h> <string> <vector>)
    target_compile_definitions(${folder}_test PRIVATE GRADER_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                               GRADER_BINARY_DIR="${CMAKE_BINARY_DIR}")
    gtest_discover_tests(${folder}_test TEST_PREFIX "${folder}." DISCOVERY_TIMEOUT 60
                         PROPERTIES TIMEOUT 120)
  endif()
endfunction()
