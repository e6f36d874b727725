// Tokenizer "sentencepiece": round trips, its own files, text that the library would refuse.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>

#include "framework/data/folder.hpp"
#include "plugins/load.hpp"
#include "strata/core/json.hpp"
#include "strata/text/tokenizer.hpp"

using namespace strata;
using strata_test::check_error;
using strata_test::Folder;

namespace {

bool left_out() {
  if (strata_test::plugins().has("tokenizer", "sentencepiece")) return false;
  BOOST_TEST_MESSAGE("skip: this build has no SentencePiece");
  return true;
}

std::shared_ptr<Tokenizer> made(const std::string& options) {
  return strata_test::make<Tokenizer>(R"({"type": "sentencepiece")" + options + "}");
}

std::shared_ptr<Tokenizer> trained(const std::string& options) {
  auto tokenizer = made(options);
  int left = 400;
  tokenizer->train([&](std::string& line) {
    line = left % 7 == 0 ? std::string("a\xff line that is no text")
                         : "sentence " + std::to_string(left * 37 % 101) + " of the r\xc3\xa4tsel, and another one";
    return left-- > 0;
  });
  return tokenizer;
}

// Messages of protocol buffers as sentencepiece_model.proto has them, by hand: a field of bytes, and one of a number.
std::string field(int number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}
std::string field(int number, int value) { return {static_cast<char>(number << 3), static_cast<char>(value)}; }

// A model of bytes 'a' and 'b' with pieces that its file declares to be special, or part of a text.
std::string odd_model() {
  enum Type { normal = 1, unknown = 2, control = 3, user_defined = 4 };
  std::string model;
  for (const auto& [piece, type] : std::vector<std::pair<std::string, Type>>{{"<unk>", unknown},
                                                                             {"<s>", user_defined},
                                                                             {"</s>", control},
                                                                             {"<mask>", control},
                                                                             {"<sep>", user_defined},
                                                                             {"\xe2\x96\x81", normal},
                                                                             {"a", normal},
                                                                             {"b", normal}}) {
    const std::string score = {'\x15', '\0', '\0', '\x80', '\xbf'};  // field 2 is the float -1
    model += field(1, field(1, piece) + score + field(3, type));
  }
  return model + field(2, field(3, 1)) + field(3, field(1, "identity"));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sentencepiece)

BOOST_AUTO_TEST_CASE(blank_lines_alone_are_no_text) {
  if (left_out()) return;
  for (const char* blank : {"", " ", " \t ", "\n\n", "\u00a0\u3000"}) {
    int left = 3;
    check_error(
        [&] {
          made("")->train([&](std::string& line) {
            line = blank;
            return left-- > 0;
          });
        },
        "E_TOKENIZER_EMPTY", "[sentencepiece]", "no token");
  }
}

// What a file calls a control piece is special here, too, and what is special here is no part of a text, whatever the
// file says.
BOOST_AUTO_TEST_CASE(special_pieces_of_a_file_are_special) {
  if (left_out()) return;
  const Folder folder;
  folder.write("spiece.model", odd_model());
  const auto one = made("");
  one->load(folder.path(), "");
  const Vocabulary& vocabulary = one->vocabulary();
  const std::int32_t mask = vocabulary.find("<mask>"), a = vocabulary.find("a");
  BOOST_REQUIRE(mask >= kSpecials);
  BOOST_TEST(vocabulary.size() == 9);  // <pad> is not in the file
  BOOST_TEST(vocabulary.specials().control.size() == 1U);
  BOOST_TEST(vocabulary.specials().control.at("<mask>") == mask);
  for (const std::string text : {"a<s>b", "a<mask>b", "a</s>b", "a<pad>b", "<s>"}) {
    for (const std::int32_t id : one->encode(text)) BOOST_TEST(vocabulary.is_text(id), text << ": " << id);
  }
  const auto ids = one->encode("a<s>a");
  BOOST_TEST(std::count(ids.begin(), ids.end(), kUnk) == 1);
  const auto known = one->encode("a<sep>a");
  BOOST_TEST(std::count(known.begin(), known.end(), vocabulary.find("<sep>")) == 1);
  BOOST_TEST(one->decode({kStart, a, mask, kPad, a, kEnd, a}) == "aa");
}

BOOST_AUTO_TEST_CASE(both_kinds_come_back) {
  if (left_out()) return;
  for (const char* kind : {"unigram", "bpe"}) {
    const auto one = trained(R"(, "vocabulary": 60, "model": ")" + std::string(kind) + "\"");
    BOOST_TEST(one->size() <= 60);
    BOOST_TEST(one->size() > 20);
    const std::string text = "another sentence of the r\xc3\xa4tsel, 10";
    const auto ids = one->encode(text);
    BOOST_TEST(ids.size() < text.size());
    BOOST_TEST(one->decode(ids) == text);
    BOOST_TEST(one->pieces({0, 1, 2, 3}) == (std::vector<std::string>{"<pad>", "<s>", "</s>", "<unk>"}),
               boost::test_tools::per_element());
    BOOST_TEST(trained(R"(, "vocabulary": 60, "model": ")" + std::string(kind) + "\"")->encode(text) == ids,
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_text_is_unknown) {
  if (left_out()) return;
  const auto one = trained(R"(, "vocabulary": 60)");
  const auto ids = one->encode("of\xff\xfe the");
  BOOST_TEST(std::count(ids.begin(), ids.end(), kUnk) == 2);
  for (const char* forged : {"<s>", "</s>", "<pad>"}) {
    for (const std::int32_t id : one->encode(forged)) BOOST_TEST((id == kUnk || id >= kSpecials), forged);
  }
  BOOST_TEST(one->encode("").empty());
}

BOOST_AUTO_TEST_CASE(files) {
  if (left_out()) return;
  const Folder folder;
  const auto one = trained(R"(, "vocabulary": 60)");
  const auto names = one->save(folder.path(), "x.");
  BOOST_TEST(names == std::vector<std::string>{"x.spiece.model"}, boost::test_tools::per_element());
  const auto other = made("");
  other->load(folder.path(), "x.");
  BOOST_TEST(other->encode("another line") == one->encode("another line"), boost::test_tools::per_element());
  const auto taken = made(R"(, "file": ")" + folder.path("x.spiece.model") + "\"");
  taken->train([](std::string&) { return false; });
  BOOST_TEST(taken->encode("another line") == one->encode("another line"), boost::test_tools::per_element());
  folder.write("bad.spiece.model", "no model at all");
  check_error([&] { made("")->load(folder.path(), "bad."); }, "E_TOKENIZER_MODEL", folder.path("bad.spiece.model"),
              "is no SentencePiece model");
  check_error([] { made("")->train([](std::string&) { return false; }); }, "E_TOKENIZER_EMPTY", "[sentencepiece]",
              "no token");
}

// The published files of other models: their pieces are what they are, line ends included.
BOOST_AUTO_TEST_CASE(model_files_of_others_load) {
  const char* data = std::getenv("STRATA_DATA");
  if (left_out()) return;
  if (data == nullptr) {
    BOOST_TEST_MESSAGE("skip: STRATA_DATA is not set");
    return;
  }
  struct Published {
    const char* file;
    int pieces;
  };
  for (const Published& one :
       {Published{"llama2.tokenizer.model", 32000}, Published{"sentencepiece-test.model", 1000}}) {
    const std::string file = std::string(data) + "/tokenizers/" + one.file;
    const auto taken = made(R"(, "file": ")" + file + "\"");
    taken->train([](std::string&) { return false; });
    BOOST_TEST(taken->size() >= one.pieces, one.file << ": " << taken->size() << " numbers");
    BOOST_TEST(taken->size() <= one.pieces + kSpecials, one.file << ": " << taken->size() << " numbers");
    const Folder folder;
    BOOST_TEST(taken->save(folder.path(), "") == std::vector<std::string>{"spiece.model"},
               boost::test_tools::per_element());
    const auto loaded = made("");
    loaded->load(folder.path(), "");
    BOOST_TEST(loaded->size() == taken->size());
    const std::string text = "the quick brown fox\r jumps over a \xc3\xa9t\xc3\xa9";
    BOOST_TEST(loaded->encode(text) == taken->encode(text), boost::test_tools::per_element());
    // No piece breaks the line in which it is shown.
    int controls = 0;
    for (std::int32_t id = 0; id < taken->size(); ++id) {
      const std::string& token = taken->vocabulary().token(id);
      controls += token.find_first_of("\r\n") == std::string::npos ? 0 : 1;
      const std::string shown = taken->pieces({id})[0];
      BOOST_TEST((shown.find_first_of("\r\n\t") == std::string::npos), one.file << ", id " << id);
    }
    BOOST_TEST_MESSAGE(one.file << ": " << controls << " pieces hold a line end");
    BOOST_TEST(controls > 0);
  }
}

// With the numbers of the file, ids are those of the published vectors, and bytes that are no text have theirs.
BOOST_AUTO_TEST_CASE(numbers_of_the_model_equal_published_vectors) {
  const char* data = std::getenv("STRATA_DATA");
  if (left_out()) return;
  if (data == nullptr) {
    BOOST_TEST_MESSAGE("skip: STRATA_DATA is not set");
    return;
  }
  const std::string folder = std::string(data) + "/tokenizers/";
  const auto one = made(R"(, "ids": "model", "file": ")" + folder + "llama2.tokenizer.model\"");
  one->train([](std::string&) { return false; });
  BOOST_TEST(one->size() == 32000);
  BOOST_TEST(one->vocabulary().specials().start == 1);
  BOOST_TEST(one->vocabulary().specials().end() == 2);
  BOOST_TEST(one->vocabulary().specials().unknown == 0);
  const Config vectors = read_json(folder + "llamacpp-test-vectors.json");
  const Config::Items &inputs = vectors.at("inputs").items(), &outputs = vectors.at("outputs").at("llama-spm").items();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::vector<std::int32_t> right;
    for (const Config& id : outputs[i].items()) right.push_back(static_cast<std::int32_t>(id.integer()));
    const auto ids = one->encode(inputs[i].string());
    BOOST_TEST((ids == right), "'" << inputs[i].string() << "'");
    BOOST_TEST(one->decode(ids) == inputs[i].string());
  }
  BOOST_TEST(one->encode("a\xff").back() == 0xff + 3);
  const Folder out;
  BOOST_TEST(one->save(out.path(), "") == std::vector<std::string>{"tokenizer.model"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
