// Feed "packed": every prediction of every document once, documents apart, other cuts in each epoch; and the packing
// against a plain search for the best window.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <map>
#include <set>

#include "data/packing.hpp"
#include "framework/data/feeds.hpp"
#include "strata/data/feed.hpp"

using namespace strata;
using strata_test::Bytes;
using strata_test::check_error;
using strata_test::facts_of;
using strata_test::Folder;
using strata_test::goes_on_anywhere;
using strata_test::kSeed;
using strata_test::make;
using strata_test::same;
using strata_test::Text;

namespace {

using Ids = std::vector<std::int32_t>;
using Pairs = std::map<std::pair<std::int32_t, std::int32_t>, int>;  // (token, next token) -> how often

// A part of a document in a window: its tokens and, last, the target of the last of them.
struct Part {
  Ids ids;
  std::int64_t window = 0;
};

// Reads the parts of a batch by the definition of its columns.
std::vector<Part> parts_of(const Batch& batch, std::int64_t time) {
  std::vector<Part> parts;
  BOOST_REQUIRE(batch["tokens"].shape == Shape({batch.size, time}));
  std::int64_t tokens = 0;
  for (std::int64_t row = 0; row < batch.size; ++row) {
    const auto at = [&](const char* name, std::int64_t t) {
      return batch[name].ids.at(static_cast<std::size_t>(row * time + t));
    };
    std::int32_t segment = -1, position = 0;
    bool padding = false;
    for (std::int64_t t = 0; t < time; ++t) {
      if (at("segments", t) != segment) {
        BOOST_TEST(at("segments", t) == segment + 1);
        BOOST_TEST(!padding);  // padding is one segment, the last one
        segment = at("segments", t);
        position = 0;
        padding = at("targets", t) == -1;
        if (!padding) parts.push_back({{at("tokens", t)}, batch.indices[static_cast<std::size_t>(row)]});
      }
      BOOST_TEST(at("positions", t) == position++);
      BOOST_TEST((at("targets", t) == -1) == padding);
      if (padding) {
        BOOST_TEST(at("tokens", t) == kPad);
        continue;
      }
      BOOST_TEST(parts.back().ids.back() == at("tokens", t));  // a target is the next token
      parts.back().ids.push_back(at("targets", t));
      ++tokens;
    }
  }
  BOOST_TEST(batch.tokens == tokens);
  return parts;
}

std::vector<Part> parts_of(const Feed& feed, std::int64_t epoch, std::int64_t time) {
  std::vector<Part> all;
  for (std::int64_t i = 0; i < feed.batches(epoch); ++i) {
    const std::vector<Part> some = parts_of(feed.batch(epoch, i), time);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

void count(const Ids& ids, Pairs& pairs) {
  for (std::size_t i = 0; i + 1 < ids.size(); ++i) ++pairs[{ids[i], ids[i + 1]}];
}

// The whole document, or a slice of one that is longer than a window.
void check_part(const Part& part, const std::vector<Ids>& documents, std::int64_t time) {
  const auto holds = [&](const Ids& document) {
    if (document == part.ids) return true;
    const bool is_long = static_cast<std::int64_t>(document.size()) - 1 > time;
    return is_long && std::search(document.begin(), document.end(), part.ids.begin(), part.ids.end()) != document.end();
  };
  BOOST_TEST(std::any_of(documents.begin(), documents.end(), holds));
}

const std::string kSpec = R"({"type": "packed", "window": 16, "batch_size": 3, "buffer": 20})";

}  // namespace

BOOST_AUTO_TEST_SUITE(packed_feed)

BOOST_AUTO_TEST_CASE(every_prediction_of_every_document_is_there_once) {
  const Text text(70);
  Pairs expected;
  for (const Ids& document : text.documents) count(document, expected);
  for (const bool training : {true, false}) {
    const auto feed = make(kSpec, facts_of(text.data, training));
    for (const std::int64_t epoch : {0, 1, 5}) {
      Pairs found;
      for (const Part& part : parts_of(*feed, epoch, 16)) {
        check_part(part, text.documents, 16);
        count(part.ids, found);
      }
      BOOST_TEST((found == expected), "epoch " << epoch);
    }
    BOOST_TEST((feed->batch(0, 0)["tokens"].ids == feed->batch(1, 0)["tokens"].ids) == !training);
  }
}

BOOST_AUTO_TEST_CASE(one_long_text_is_cut_elsewhere_in_each_epoch) {
  Folder folder;
  std::string line;
  for (int i = 0; i < 500; ++i) line += static_cast<char>(33 + i * 7 % 90);
  folder.write("train.txt", line + "\n");
  const std::string data = R"({"type": "text", "document": "line", "train": ")" + folder.path("train.txt") + "\"}";
  Ids document = Bytes().encode(line);
  document.push_back(kEnd);
  const auto feed = make(kSpec, facts_of(data));
  std::set<std::int64_t> cuts;
  for (std::int64_t epoch = 0; epoch < 8; ++epoch) {
    const std::vector<Part> parts = parts_of(*feed, epoch, 16);
    std::int64_t predictions = 0, whole = 0;
    for (const Part& part : parts) {
      check_part(part, {document}, 16);
      predictions += static_cast<std::int64_t>(part.ids.size()) - 1;
      whole += part.ids.size() == 17U ? 1 : 0;
    }
    BOOST_TEST(predictions == 500);
    BOOST_TEST(whole >= 30);
    const auto head = std::find_if(parts.begin(), parts.end(), [&](const Part& part) {
      return std::equal(part.ids.begin(), part.ids.end(), document.begin()) && part.ids.size() > 2U;
    });
    if (head != parts.end()) cuts.insert(static_cast<std::int64_t>(head->ids.size()));
  }
  BOOST_TEST(cuts.size() >= 4U);
  BOOST_TEST(
      make(R"({"type": "packed", "window": 16, "shuffle": false})", facts_of(data))->batch(3, 0)["tokens"].ids[0] ==
      document[0]);
}

BOOST_AUTO_TEST_CASE(packing_takes_the_window_with_the_least_space) {
  Rng random(kSeed, "packing");
  constexpr std::int64_t kWindow = 50;
  std::vector<detail::Piece> pieces;
  for (int i = 0; i < 1000; ++i) {
    pieces.push_back({i * 100, static_cast<std::int32_t>(1 + random.below(random.below(3) == 0 ? 50 : 20))});
  }
  const detail::Packing packing = detail::pack(pieces, kWindow, 300);
  std::vector<std::int64_t> spaces;  // by a plain search over all windows of the buffer
  for (std::size_t begin = 0; begin < pieces.size(); begin += 300) {
    std::vector<std::int32_t> sizes;
    for (std::size_t i = begin; i < std::min(begin + 300, pieces.size()); ++i) sizes.push_back(pieces[i].count);
    std::sort(sizes.rbegin(), sizes.rend());
    std::vector<std::int64_t> own;
    for (const std::int32_t size : sizes) {
      auto best = own.end();
      for (auto one = own.begin(); one != own.end(); ++one) {
        if (*one >= size && (best == own.end() || *one < *best)) best = one;
      }
      if (best == own.end()) best = own.insert(own.end(), kWindow);
      *best -= size;
    }
    spaces.insert(spaces.end(), own.begin(), own.end());
  }
  std::vector<std::int64_t> found;
  std::set<std::int64_t> begins;
  for (std::size_t w = 0; w < packing.size(); ++w) {
    std::int64_t space = kWindow;
    for (const detail::Piece& piece : packing.window(w)) {
      space -= piece.count;
      begins.insert(piece.begin);
    }
    found.push_back(space);
  }
  std::sort(spaces.begin(), spaces.end());
  std::sort(found.begin(), found.end());
  BOOST_TEST(found == spaces, boost::test_tools::per_element());
  BOOST_TEST(begins.size() == pieces.size());
  std::int64_t wasted = 0;
  for (const std::int64_t space : found) wasted += space;
  BOOST_TEST_MESSAGE("of " << found.size() << " windows of " << kWindow << ", " << wasted << " places are empty");
}

BOOST_AUTO_TEST_CASE(packed_documents_go_on_anywhere_and_ranks_share_the_windows) {
  const Text text(60);
  Feed::Facts facts = facts_of(text.data);
  goes_on_anywhere(kSpec, facts);
  const auto whole = make(R"({"type": "packed", "window": 16, "batch_size": 6, "buffer": 20})", facts);
  facts.ranks = 2;
  std::vector<Batch> halves;
  for (facts.rank = 0; facts.rank < 2; ++facts.rank) {
    const auto half = make(kSpec, facts);
    BOOST_TEST(half->batches(1) == whole->batches(1));
    for (std::int64_t i = 0; i < whole->batches(1); ++i) {
      const Batch own = half->batch(1, i), all = whole->batch(1, i);
      const std::int64_t skipped = facts.rank * 3, expected = std::clamp<std::int64_t>(all.size - skipped, 0, 3);
      BOOST_TEST(own.size == expected);
      for (const char* name : {"tokens", "targets", "segments", "positions"}) {
        BOOST_TEST(std::equal(own[name].ids.begin(), own[name].ids.end(),
                              all[name].ids.begin() + std::min(skipped, all.size) * 16));
        BOOST_TEST(own[name].ids.size() == static_cast<std::size_t>(expected * 16));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(ids_of_packed_documents_are_made_once) {
  const Text text(40);
  Feed::Facts facts = facts_of(text.data);
  facts.cache = text.folder.path("cache");
  const auto first = make(kSpec, facts);
  const auto files = [&] {
    const std::filesystem::directory_iterator folder(facts.cache);
    return std::distance(begin(folder), end(folder));
  };
  BOOST_TEST(files() == 1);
  BOOST_TEST(same(make(kSpec, facts)->batch(2, 1), first->batch(2, 1)));
  BOOST_TEST(make(R"({"type": "stream", "lanes": 2, "window": 5})", facts)->fingerprint() == first->fingerprint());
  BOOST_TEST(files() == 1);  // a stream of the same text has the same ids
  make(R"({"type": "packed", "start": true})", facts);
  BOOST_TEST(files() == 2);
}

BOOST_AUTO_TEST_CASE(a_start_makes_the_first_token_a_prediction_and_bytes_are_those_of_the_predicted_text) {
  Folder folder;
  folder.write("train.txt", "abc\nx\n\ndefg\n");
  const std::string data = R"({"type": "text", "document": "line", "train": ")" + folder.path("train.txt") + "\"}";
  const std::string spec = R"({"type": "packed", "window": 8, "shuffle": false, "buffer": 1, )";
  const auto plain = make(spec + R"("end": false})", facts_of(data, false));
  BOOST_TEST(plain->batch(0, 0).tokens == 5);  // b, c; e, f, g
  BOOST_TEST(plain->batch(0, 0).bytes == 5);
  BOOST_TEST(plain->batch(0, 0).size == 2);
  const auto ended = make(spec + R"("end": true})", facts_of(data, false));
  BOOST_TEST(ended->batch(0, 0).tokens == 8);  // an end for each line, and that has no bytes
  BOOST_TEST(ended->batch(0, 0).bytes == 5);
  const auto started = make(spec + R"("start": true})", facts_of(data, false));
  const Batch batch = started->batch(0, 0);
  BOOST_TEST(batch.bytes == 8);
  BOOST_TEST(batch["tokens"].ids[0] == kStart);
  BOOST_TEST(batch["targets"].ids[0] == Bytes().encode("a")[0]);
  Example prompt, empty;
  set_texts(prompt, {"ab"}, 0);
  set_texts(empty, {""}, 1);
  const Batch inputs = started->inputs(std::vector<Example>{prompt, empty});
  const Ids ab = Bytes().encode("ab");
  BOOST_TEST(inputs["tokens"].ids == (Ids{kStart, ab[0], ab[1], kStart, kPad, kPad}));
  BOOST_TEST(inputs["tokens_lengths"].ids == (Ids{3, 1}));
  BOOST_TEST(make(spec + R"("end": true})", facts_of(data))->batch(0, 0).bytes == -1);  // training does not count them
}

BOOST_AUTO_TEST_CASE(short_documents_are_left_out_of_training_and_said_so) {
  Folder folder;
  folder.write("train.txt", "abcdef\nab\nabc\n");
  const std::string data = R"({"type": "text", "document": "line", "train": ")" + folder.path("train.txt") + "\"}";
  std::vector<std::string> said;
  Feed::Facts facts = facts_of(data);
  facts.warn = [&](const std::string& line) { said.push_back(line); };
  const auto feed = make(R"({"type": "packed", "window": 16, "min_length": 3})", facts);
  BOOST_TEST(feed->batch(0, 0).tokens == 9);  // b to f and an end; b, c and an end
  BOOST_REQUIRE(said.size() == 1U);
  BOOST_TEST(said[0] == "split train: 1 of 3 documents are left out, as they have fewer than 3 tokens to predict");
  check_error([&] { make(R"({"type": "packed", "min_length": 7})", facts); }, "E_DATA_EMPTY", "split train",
              "no document of 3 has a token to predict, 7 at least");
  check_error([&] { make(R"({"type": "packed", "field": "source"})", facts); }, "E_DATA_FIELD", "[packed] field",
              "the data has no field \"source\"");
}

BOOST_AUTO_TEST_SUITE_END()
