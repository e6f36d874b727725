// The strict reader refuses what RFC 8259 refuses, with line and column; what is written reads back the same.
#include "strata/core/json.hpp"

#include <cmath>
#include <cstring>
#include <limits>

#include "peak.hpp"
#include "strata/core/rng.hpp"
#include "throws.hpp"

using strata::Config;
using strata::parse_json;
using strata::test::check_throws;

BOOST_AUTO_TEST_SUITE(json)

BOOST_AUTO_TEST_CASE(refuses_with_line_and_column) {
  struct Case {
    const char *text, *code, *at;
  };
  const std::string deep(65, '[');
  const Case cases[] = {
      {"", "E_CONFIG_JSON", "1:1"},
      {"{\"a\":1,\"a\":2}", "E_CONFIG_DUPLICATE", "1:8"},
      {"{\"a\":1,\"\\u0061\":2}", "E_CONFIG_DUPLICATE", "1:8"},
      {"NaN", "E_CONFIG_JSON", "1:1"},
      {"[1,\n Infinity]", "E_CONFIG_JSON", "2:2"},
      {"-Infinity", "E_CONFIG_JSON", "1:2"},
      {"1e999", "E_CONFIG_NUMBER", "1:1"},
      {"-1e999", "E_CONFIG_NUMBER", "1:1"},
      {"[9223372036854775808]", "E_CONFIG_NUMBER", "1:2"},
      {"18446744073709551616", "E_CONFIG_NUMBER", "1:1"},
      {"01", "E_CONFIG_JSON", "1:1"},
      {"-", "E_CONFIG_JSON", "1:2"},
      {"1.", "E_CONFIG_JSON", "1:3"},
      {".5", "E_CONFIG_JSON", "1:1"},
      {"1e", "E_CONFIG_JSON", "1:3"},
      {"+1", "E_CONFIG_JSON", "1:1"},
      {"0x10", "E_CONFIG_JSON", "1:2"},
      {"[1,]", "E_CONFIG_JSON", "1:4"},
      {"{\"a\":1,}", "E_CONFIG_JSON", "1:8"},
      {"{a:1}", "E_CONFIG_JSON", "1:2"},
      {"{'a':1}", "E_CONFIG_JSON", "1:2"},
      {"{\"a\" 1}", "E_CONFIG_JSON", "1:6"},
      {"[1 2]", "E_CONFIG_JSON", "1:4"},
      {"{} x", "E_CONFIG_JSON", "1:4"},
      {"[1] // no", "E_CONFIG_JSON", "1:5"},
      {"\"a", "E_CONFIG_JSON", "1:3"},
      {"\"a\nb\"", "E_CONFIG_JSON", "1:3"},
      {"\"\\x\"", "E_CONFIG_JSON", "1:3"},
      {"\"\\u12g4\"", "E_CONFIG_JSON", "1:4"},
      {"\"\\u12", "E_CONFIG_JSON", "1:4"},
      {"\"\\ud800\"", "E_CONFIG_ENCODING", "1:2"},
      {"\"\\ud800\\u0041\"", "E_CONFIG_ENCODING", "1:2"},
      {"\"\\udc00\"", "E_CONFIG_ENCODING", "1:2"},
      {"[\"\xff\"]", "E_CONFIG_ENCODING", "1:3"},
      {"\"\xc0\xaf\"", "E_CONFIG_ENCODING", "1:2"},
      {"\xEF\xBB\xBF{}", "E_CONFIG_ENCODING", "1:1"},
      {"truely", "E_CONFIG_JSON", "1:5"},
      {"True", "E_CONFIG_JSON", "1:1"},
      {"{", "E_CONFIG_JSON", "1:2"},
      {deep.c_str(), "E_CONFIG_LIMIT", "1:65"},
  };
  for (const Case& each : cases) {
    BOOST_TEST_CONTEXT(each.text) {
      check_throws([&] { parse_json(each.text, "f.json"); }, each.code, std::string("f.json:") + each.at);
    }
  }
}

BOOST_AUTO_TEST_CASE(limits_are_the_callers) {
  check_throws([] { parse_json("[1, 2]", "f.json", {.bytes = 5}); }, "E_CONFIG_LIMIT", "f.json", "6 bytes");
  check_throws([] { parse_json("[[]]", "f.json", {.depth = 1}); }, "E_CONFIG_LIMIT", "f.json:1:2");
  check_throws([] { strata::read_json("/nowhere/f.json"); }, "E_IO_MISSING", "/nowhere/f.json");
}

BOOST_AUTO_TEST_CASE(no_control_character_stands_in_a_string) {
  for (int byte = 0; byte < 0x20; ++byte) {
    const std::string text = "[\"a" + std::string(1, static_cast<char>(byte)) + "\"]";
    BOOST_TEST_CONTEXT(byte) {
      check_throws([&] { parse_json(text, "f.json"); }, "E_CONFIG_JSON", "f.json:1:4", "the string's end");
    }
  }
  BOOST_TEST(parse_json("\"\x7F \"", "f.json").string() == "\x7F ");
}

// The values of a text, counted as they are read: texts of many small values are refused before they take the memory.
BOOST_AUTO_TEST_CASE(memory_is_bounded_by_the_text) {
  if (strata::test::kSanitized) {
    BOOST_TEST_MESSAGE("skip: a sanitizer's own memory is counted, too, and texts of 10 MB take minutes");
    return;
  }
  const auto repeated = [](const std::string& head, const std::string& part, std::size_t bytes,
                           const std::string& tail) {
    std::string text = head;
    while (text.size() < bytes) text += part;
    return text + tail;
  };
  constexpr std::size_t kBytes = 10000000;
  std::string members;
  for (int i = 0; members.size() < kBytes; ++i) members += "\"" + std::to_string(i) + "\":1,";
  std::string nested = "1";
  for (int i = 0; i < 60; ++i) nested = "{\"" + std::string(150000, 'k') + "\":" + nested + "}";
  const std::string texts[] = {repeated("{\"x\":[", "1,", kBytes, "1]}"), repeated("[", "[],", kBytes, "1]"),
                               repeated("[", "{},", kBytes, "1]"), "{" + members + "\"x\":1}", nested};
  for (const std::string& text : texts) {
    BOOST_TEST_CONTEXT(text.substr(0, 40)) {
      const auto peak = strata::test::peak_of([&] {
        const strata::Error fault = strata::test::thrown([&] { parse_json(text, "f.json"); });
        BOOST_TEST(fault.code() == "E_CONFIG_LIMIT");
        BOOST_TEST(fault.message().find("MiB of memory") != std::string::npos);
      });
      const double allowed = 64.0 * (1U << 20U) + 3.0 * static_cast<double>(text.size());  // and the text itself
      BOOST_TEST_MESSAGE("peak " << peak / (1 << 20) << " MiB, allowed " << allowed / (1 << 20));
      BOOST_TEST(peak <= allowed);
    }
  }
  const std::string fine = repeated("[", "\"a text of some length and no end\",", kBytes / 4, "1]");
  BOOST_TEST(parse_json(fine, "f.json").items().size() > 50000U);
}

BOOST_AUTO_TEST_CASE(reads_values_with_places) {
  const Config root =
      parse_json(R"({"a": [1, {"b/c": -2.5e3}], "t": "\u00e9\ud83d\ude00\n", "n": null, "z": true})", "r.json");
  BOOST_TEST(root.place() == "r.json");
  BOOST_TEST(root.source() == "r.json");
  const Config& list = root.at("a");
  BOOST_TEST(list.place() == "r.json:/a");
  BOOST_TEST(list.items()[0].place() == "r.json:/a/0");
  BOOST_TEST(list.items()[1].at("b/c").place() == "r.json:/a/1/b~1c");
  BOOST_TEST(list.items()[1].at("b/c").source() == "r.json");
  BOOST_TEST(list.items()[1].at("b/c").real() == -2500.0);
  BOOST_TEST(root.at("t").string() == "\xC3\xA9\xF0\x9F\x98\x80\n");
  BOOST_TEST(root.at("n").is_null());
  BOOST_TEST(root.at("z").boolean());
  BOOST_TEST(root.find_path("a.1.b/c")->real() == -2500.0);
  BOOST_TEST(root.find_path("a.2") == nullptr);
  BOOST_TEST(parse_json("-9223372036854775808", "x").integer() == std::numeric_limits<std::int64_t>::min());
  check_throws([&] { root.at("t").real(); }, "E_CONFIG_TYPE", "r.json:/t", "expects a number, got the string");
  check_throws([&] { root.at("q"); }, "E_CONFIG_MISSING", "r.json:/q");
}

BOOST_AUTO_TEST_CASE(whole_reals_are_integers_and_others_are_not) {
  BOOST_TEST(parse_json("1e6", "x").integer() == 1000000);
  check_throws([] { parse_json("1.5", "x").integer(); }, "E_CONFIG_TYPE", "x", "1.5");
  check_throws([] { parse_json("1e300", "x").integer(); }, "E_CONFIG_TYPE", "x");
}

BOOST_AUTO_TEST_CASE(writes_what_reads_back_the_same) {
  const std::string text = R"({
  "a": [1, 2.0, -0.0, 1e-07],
  "empty": {},
  "none": [],
  "nested": [
    {
      "s": "quote \" back \\ line\n bell \u0007 é"
    },
    [true, null]
  ]
})";
  const Config value = parse_json(text, "x");
  BOOST_TEST(strata::write_json(value) == text);
  BOOST_TEST((parse_json(strata::write_json(value, 0), "y") == value));
  BOOST_TEST(strata::write_json(parse_json("[1,{\"a\":2,\"b\":[]}]", "x"), 0) == R"([1,{"a": 2, "b": []}])");
  strata::Rng rng(11, "json doubles");
  for (int i = 0; i < 20000; ++i) {
    double number = 0;
    const std::uint64_t bits = rng.word64();
    std::memcpy(&number, &bits, sizeof(number));
    if (!std::isfinite(number)) continue;
    const Config back = parse_json(strata::write_json(Config(number)), "x");
    BOOST_REQUIRE((back == Config(number)));
  }
  BOOST_CHECK_THROW(strata::write_json(Config(std::numeric_limits<double>::infinity())), strata::Error);
}

BOOST_AUTO_TEST_SUITE_END()
