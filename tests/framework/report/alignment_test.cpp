// Alignments: values by hand, escaping, well-formed pictures.
#include "strata/report/alignment.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "framework/report/xml_check.hpp"
#include "strata/core/error.hpp"

using strata::Alignment;

namespace {

Alignment small() { return {{"das", "Haus"}, {"the", "house", "."}, {0.75F, 0.25F, 0.5F, 0.5F, 0.0F, 1.0F}}; }

// What an unfriendly corpus holds: markup, quotes, control bytes, invalid UTF-8, U+FFFF, a direction override.
Alignment hostile() {
  const std::string bad = "<script>&\"'</script>\x01\x1b[31m\xff\xef\xbf\xbf\u202e\u2028]]>";
  return {{bad, "b"}, {bad, std::string("nul\0in", 6)}, {0.5F, NAN, INFINITY, -1.0F}};
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "strata-alignment-XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(alignment)

BOOST_AUTO_TEST_CASE(json_by_hand) {
  BOOST_TEST(strata::alignment_json(small()) ==
             R"({"source":["das","Haus"],"target":["the","house","."],"weights":[[0.75,0.25],[0.5,0.5],[0,1]]})");
  const Alignment quoted{{"a\"\\\n"}, {"\xff"}, {std::numeric_limits<float>::quiet_NaN()}};
  BOOST_TEST(strata::alignment_json(quoted) == R"({"source":["a\"\\\u000a"],"target":["\\xff"],"weights":[[null]]})");
  BOOST_TEST(strata::alignment_json({}) == R"({"source":[],"target":[],"weights":[]})");
}

BOOST_AUTO_TEST_CASE(pharaoh_by_hand) {
  BOOST_TEST(strata::alignment_pharaoh(small()) == "0-0 0-1 1-2");
  BOOST_TEST(strata::alignment_pharaoh(small(), 0.5) == "0-0 0-1 1-1 1-2");
  BOOST_TEST(strata::alignment_pharaoh(small(), 0.25) == "0-0 1-0 0-1 1-1 1-2");
  BOOST_TEST(strata::alignment_pharaoh({{}, {"a"}, {}}) == "");
}

BOOST_AUTO_TEST_CASE(terminal_by_hand) {
  BOOST_TEST(strata::alignment_terminal(small()) ==
             "        1  2\n"
             "  the ▓▓▓░░░\n"
             "house ▒▒▒▒▒▒\n"
             "    .    ███\n"
             "       1 das  2 Haus\n");
  const std::string coloured = strata::alignment_terminal(small(), {80, true});
  BOOST_TEST(coloured.find("\x1b[48;5;226m   \x1b[0m") != std::string::npos);  // weight 1
  BOOST_TEST(xml::count(coloured, "\x1b[48;5;") == 5);                         // weight 0 is no cell
}

BOOST_AUTO_TEST_CASE(terminal_keeps_its_width) {
  Alignment wide;
  for (int s = 0; s < 40; ++s) wide.source.push_back("source" + std::to_string(s));
  wide.target = {"Donaudampfschifffahrtsgesellschaftskapitän", "日本語日本語日本語日本語日本語"};
  wide.weights.assign(80, 0.6F);
  for (const int width : {20, 40, 80}) {
    std::istringstream lines(strata::alignment_terminal(wide, {width, false}));
    for (std::string line; std::getline(lines, line);) {
      int columns = 0;
      for (std::size_t i = 0; i < line.size(); ++i) {
        const auto byte = static_cast<unsigned char>(line[i]);
        columns += (byte & 0xC0U) != 0x80U ? 1 : 0;       // code points,
        columns += byte == 0xE6 || byte == 0xE8 ? 1 : 0;  // of which these ideographs are two wide
      }
      BOOST_TEST(columns <= width, "width " << width << ": " << line);
    }
  }
  // Nothing is lost: each source number heads one column.
  BOOST_TEST(xml::count(strata::alignment_terminal(wide, {40, false}), "40 source39") == 1);
}

BOOST_AUTO_TEST_CASE(pictures_are_well_formed) {
  for (const auto& alignments : {std::vector<Alignment>{}, {Alignment{}}, {small(), small()}, {hostile(), small()}}) {
    const std::string svg = strata::alignment_svg(alignments), page = strata::alignment_html(alignments, "<T> & \"t\"");
    BOOST_TEST(xml::fault(svg) == "");
    BOOST_TEST(xml::fault(page) == "");
    BOOST_TEST(page.find("<title>&lt;T&gt; &amp; &quot;t&quot;</title>") != std::string::npos);
    for (const std::string& text : {svg, page}) {
      BOOST_TEST(text.find("<script") == std::string::npos);
      BOOST_TEST(text.find("http") == text.find("http://www.w3.org/2000/svg"));  // nothing is fetched
      BOOST_TEST(text.find("\u202e") == std::string::npos);
      BOOST_TEST(text.find('\0') == std::string::npos);
    }
  }
  BOOST_TEST(xml::fault("<a><b></a>") != "");
  BOOST_TEST(xml::fault("<a>&nbsp;</a>") != "");
}

BOOST_AUTO_TEST_CASE(pictures_show_the_weights) {
  const std::string page = strata::alignment_html({small()}, "t"), svg = strata::alignment_svg({small()});
  BOOST_TEST(xml::count(page, "das → the: 0.750") == 1);
  BOOST_TEST(xml::count(page, "--w:0.75") == 1);
  BOOST_TEST(xml::count(page, "<td") == 7);  // six cells and the corner
  BOOST_TEST(xml::count(svg, "class=\"cell\"") == 6);
  BOOST_TEST(xml::count(svg, "fill-opacity=\"0.75\"><title>das → the: 0.750</title>") == 1);
}

BOOST_AUTO_TEST_CASE(hostile_tokens_in_a_terminal) {
  const std::string text = strata::alignment_terminal(hostile());
  BOOST_TEST(text.find('\x1b') == std::string::npos);
  BOOST_TEST(text.find("\u202e") == std::string::npos);
  BOOST_TEST(text.find("\\x1b") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(wrong_number_of_weights) {
  Alignment wrong = small();
  wrong.weights.pop_back();
  const auto is_shape = [](const strata::Error& error) {
    return error.code() == "E_SHAPE_ALIGNMENT" && error.message() == "5 weights for 3 target x 2 source tokens";
  };
  BOOST_CHECK_EXCEPTION(strata::alignment_html({wrong}, ""), strata::Error, is_shape);
  BOOST_CHECK_EXCEPTION(strata::alignment_svg({wrong}), strata::Error, is_shape);
  BOOST_CHECK_EXCEPTION(strata::alignment_json(wrong), strata::Error, is_shape);
  BOOST_CHECK_EXCEPTION(strata::alignment_pharaoh(wrong), strata::Error, is_shape);
  BOOST_CHECK_EXCEPTION(strata::alignment_terminal(wrong), strata::Error, is_shape);
}

BOOST_AUTO_TEST_CASE(files_by_name) {
  const Folder folder;
  const auto write = [&](const char* name) {
    const std::string path = (folder.path / name).string();
    strata::AlignmentFile file(path, "t");
    file.add(small());
    file.add(small());
    file.finish();
    return content(path);
  };
  BOOST_TEST(write("a.html") == strata::alignment_html({small(), small()}, "t"));
  BOOST_TEST(write("a.svg") == strata::alignment_svg({small(), small()}));
  BOOST_TEST(write("a.jsonl") == strata::alignment_json(small()) + "\n" + strata::alignment_json(small()) + "\n");
  BOOST_TEST(write("a.txt") == "0-0 0-1 1-2\n0-0 0-1 1-2\n");
  BOOST_CHECK_EXCEPTION(strata::AlignmentFile("a.png"), strata::Error,
                        [](const strata::Error& error) { return error.code() == "E_USAGE_ALIGNMENT"; });
  BOOST_CHECK_EXCEPTION(strata::AlignmentFile((folder.path / "none" / "a.html").string()), strata::Error,
                        [](const strata::Error& error) { return error.code() == "E_IO_WRITE"; });
  if (std::filesystem::exists("/dev/full")) {  // a full disk
    std::filesystem::create_symlink("/dev/full", folder.path / "full.txt");
    strata::AlignmentFile full((folder.path / "full.txt").string());
    full.add(small());
    BOOST_CHECK_EXCEPTION(full.finish(), strata::Error,
                          [](const strata::Error& error) { return error.code() == "E_IO_WRITE"; });
  }
}

BOOST_AUTO_TEST_SUITE_END()
