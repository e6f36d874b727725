// Entry of this folder's Boost.Test executable, which runs with the stand-in for libcuda in its library path.
#define BOOST_TEST_MODULE cuda
#include <boost/test/unit_test.hpp>
