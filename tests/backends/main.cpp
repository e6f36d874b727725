// Entry of the executable that tests backends: they are loaded through the real door.
#define BOOST_TEST_MODULE backends
#include <boost/test/unit_test.hpp>
