#pragma once

/// All that a scenario file includes, besides the interface of its exercise. A scenario is a
/// GoogleTest test; "Suite.Name" is its id in the rubric.

#include <gtest/gtest.h>

#include "harness/trace.hpp"
