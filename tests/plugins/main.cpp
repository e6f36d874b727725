// Entry of this folder's Boost.Test executable: plugins are loaded through the real door.
#define BOOST_TEST_MODULE plugins
#include <boost/test/unit_test.hpp>
