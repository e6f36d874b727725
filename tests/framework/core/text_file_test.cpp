// Text files that begin with a byte order mark are the same as those without; the mark is skipped once.
#include "strata/core/text_file.hpp"

#include <boost/test/unit_test.hpp>

#include "framework/data/folder.hpp"
#include "strata/core/json.hpp"

using namespace strata;
using strata_test::check_error;
using strata_test::Folder;

BOOST_AUTO_TEST_SUITE(text_file)

BOOST_AUTO_TEST_CASE(the_mark_is_skipped_once) {
  const std::string mark(kByteOrderMark);
  for (const std::string text : {"", "a", "\xef", "\xef\xbb", "a\xef\xbb\xbf", "\xbb\xbf"}) {
    BOOST_TEST(without_byte_order_mark(text) == text);
    BOOST_TEST(without_byte_order_mark(mark + text) == text);
    BOOST_TEST(without_byte_order_mark(mark + mark + text) == mark + text);
    const Folder folder;
    BOOST_TEST(read_text_file(folder.write("plain", text)) == text);
    BOOST_TEST(read_text_file(folder.write("marked", mark + text)) == text);
  }
  const Folder folder;
  check_error([&] { read_text_file(folder.path("none")); }, "E_IO_MISSING", folder.path("none"), "");
  check_error([&] { read_text_file(folder.write("long", "abcd"), 3); }, "E_IO_LIMIT", folder.path("long"), "");
}

BOOST_AUTO_TEST_CASE(json_files_may_begin_with_it) {
  const Folder folder;
  const std::string file = folder.write("recipe.json", std::string(kByteOrderMark) + "{\"lr\": 3}");
  BOOST_TEST(read_json(file).at("lr").integer() == 3);
  BOOST_TEST(read_json(file).at("lr").place() == file + ":/lr");
  check_error([&] { read_json(folder.write("bad.json", std::string(kByteOrderMark) + "{,}")); }, "E_CONFIG_JSON",
              folder.path("bad.json") + ":1:2", "");
}

BOOST_AUTO_TEST_SUITE_END()
