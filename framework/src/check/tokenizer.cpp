// What a tokenizer promises (text/tokenizer.hpp).
#include "check/tokenizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>

#include "check/texts.hpp"
#include "strata/core/error.hpp"
#include "strata/core/rng.hpp"
#include "strata/core/utf8.hpp"

namespace strata::detail {
namespace {

class TokenizerChecks {
 public:
  explicit TokenizerChecks(const TokenizerCase& tokenizers) : case_(tokenizers), seed_(tokenizers.seed) {
    (void)make();
  }

  std::vector<CheckRow> run() {
    checks_.property("linear time", [&] { return linear_time(); });
    checks_.property("training", [&] { return training(); });
    checks_.property("empty", [&] { return empty(); });
    checks_.property("ids", [&] { return ids(); });
    checks_.property("specials", [&] { return specials(); });
    checks_.property("pieces", [&] { return pieces(); });
    checks_.property("round trip", [&] { return round_trip(); });
    checks_.property("decode", [&] { return decode(); });
    checks_.property("bad UTF-8", [&] { return bad_utf8(); });
    checks_.property("determinism", [&] { return determinism(); });
    checks_.property("threads", [&] { return threads(); });
    checks_.property("sample", [&] { return sample(); });
    checks_.property("file", [&] { return check_tokenizer_file(case_); });
    checks_.property("damaged file", [&] { return check_damaged_tokenizer_file(case_); });
    checks_.property("memory", [&] { return memory(); });
    return checks_.take();
  }

 private:
  std::shared_ptr<Tokenizer> make() const { return case_.make(); }
  std::shared_ptr<Tokenizer> trained() const { return case_.trained(); }

  // First: a tokenizer that fails it would take minutes for the longest of the odd texts.
  std::string linear_time() {
    longest_ = std::size_t{1} << 14U;
    std::string text = check_linear_time(*trained(), seed_);
    longest_ = std::size_t{1} << 20U;
    return text;
  }

  std::string training() const {
    const auto tokenizer = trained();
    require_alike(*trained(), *tokenizer, "trained twice on the same lines");
    if (ordinary_ids(tokenizer->vocabulary()).empty()) throw CheckFailed{"the vocabulary has nothing but specials"};
    return fmt::format("twice the same {} tokens of {} lines", tokenizer->size(), sample_lines().size());
  }

  // Blank lines hold no token, unless white space is a token itself (characters), or the whole line is one (labels),
  // and then a blank one is no label.
  std::string empty() const {
    if (!ordinary_ids(make()->vocabulary()).empty()) return "nothing to learn: the vocabulary is whole before training";
    const std::string blank = ids_of(*trained(), " ").value_or(Ids()).empty() ? " \t " : "";
    std::string code;
    for (const int lines : {0, 3}) {
      code = require_error(
          [&] {
            make()->train([&blank, left = lines](std::string& line) mutable {
              line = blank;
              return left-- > 0;
            });
          },
          {"E_TOKENIZER_EMPTY", lines > 0 ? "E_DATA_" : "E_TOKENIZER_EMPTY"},
          fmt::format("training on {} lines {}", lines, in_quotes(blank)));
    }
    return code + " for no line and for lines " + in_quotes(blank);
  }

  std::string ids() const {
    const auto tokenizer = trained();
    std::size_t count = 0;
    for (const auto& texts : {example_lines(), invalid_texts(), odd_texts(longest_, seed_)}) {
      for (const std::string& text : texts) {
        for (const std::int32_t id : ids_of(*tokenizer, text).value_or(Ids())) {
          if (id < 0 || id >= tokenizer->size()) {
            throw CheckFailed{
                fmt::format("{} gives id {}, outside 0 <= id < {}", in_quotes(text), id, tokenizer->size())};
          }
          ++count;
        }
      }
    }
    return fmt::format("{} ids, all in 0 <= id < {}", count, tokenizer->size());
  }

  // Neither what was trained on nor what is encoded can bring forth what the host alone may add.
  std::string specials() const {
    const auto tokenizer = trained();
    const Vocabulary& vocabulary = tokenizer->vocabulary();
    std::vector<std::string> texts = example_lines();
    std::string names;
    for (const std::int32_t id : vocabulary.specials().ids()) {
      if (vocabulary.is_text(id)) continue;  // <unk>
      const std::string& special = vocabulary.token(id);
      names += (names.empty() ? "" : ", ") + special;
      texts.insert(texts.end(), {special, special + special, "a " + special + " b", "a" + special + "b", special + "\t",
                                 "\xff" + special});
    }
    for (const std::string& text : texts) {
      for (const std::int32_t id : ids_of(*tokenizer, text).value_or(Ids())) {
        if (vocabulary.is_special(id) && !vocabulary.is_text(id)) {
          throw CheckFailed{fmt::format("{} is encoded with {}", in_quotes(text), vocabulary.token(id))};
        }
      }
    }
    if (names.empty()) return "the vocabulary has none";
    return fmt::format("no {} from {} texts, some of which spell them", names, texts.size());
  }

  // The vocabulary is the one that ids are of: alignments show its tokens. A token may hold a mark beside its text, and
  // a byte that is no text. A piece shows controls and such bytes as \xNN.
  std::string pieces() const {
    const auto tokenizer = trained();
    const Ids all = ordinary_ids(tokenizer->vocabulary());
    std::size_t alike = 0;
    for (const std::int32_t id : all) {
      const std::string piece = tokenizer->pieces({id}).at(0), text = tokenizer->decode({id});
      const bool reads =
          piece.find(text) != std::string::npos || piece.find(printable(text, std::string::npos)) != std::string::npos;
      alike += reads ? 1 : 0;
    }
    std::string text = fmt::format("{} of {} tokens hold the text that their id is decoded to", alike, all.size());
    if (2 * alike < all.size()) throw CheckFailed{text};
    return text;
  }

  // Held of the lines, and of the words alone, that hold no <unk>: what the vocabulary lacks cannot come back.
  std::string round_trip() const {
    const auto tokenizer = trained();
    std::vector<std::string> texts = example_lines();
    for (const std::string& line : sample_lines()) {
      for (std::string& word : words_of(line)) texts.push_back(std::move(word));
    }
    int known = 0, normalised = 0;
    for (const std::string& text : texts) {
      const std::optional<Ids> taken = ids_of(*tokenizer, text);
      if (!taken || has_unknown(*tokenizer, *taken)) continue;
      const Ids& ids = *taken;
      const std::string back = tokenizer->decode(ids);
      const Likeness like = utf8_fault(back) == std::string::npos ? likeness(text, back) : Likeness::changed;
      if (like == Likeness::changed) throw CheckFailed{in_quotes(text) + " comes back as " + in_quotes(back)};
      require_same_ids(tokenizer->encode(back), ids, back, "encoded again");
      ++known;
      normalised += like == Likeness::normalised ? 1 : 0;
    }
    if (known == 0) {
      throw CheckFailed{
          fmt::format("all {} lines and words of the training text hold <unk>, or are refused", texts.size())};
    }
    std::string text = fmt::format("{} of {} lines and words are without <unk> and come back but for white space",
                                   known, texts.size());
    if (normalised > 0) text += fmt::format(", {} of them normalised (case, accents, added spaces)", normalised);
    return text;
  }

  std::string decode() const {
    const auto tokenizer = trained();
    const Vocabulary& vocabulary = tokenizer->vocabulary();
    const Specials& specials = vocabulary.specials();
    const std::int32_t some = specials.unknown >= 0 ? specials.unknown : ordinary_ids(vocabulary).front();
    for (const std::int32_t id :
         {-1, tokenizer->size(), std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::min()}) {
      require_error([&] { (void)tokenizer->decode({some, id}); }, {"E_TOKENIZER_ID"}, fmt::format("id {}", id));
    }
    const auto require_text = [&](const Ids& ids, const std::string& expected, const std::string& what) {
      const std::string text = tokenizer->decode(ids);
      if (text != expected) throw CheckFailed{what + ": " + in_quotes(text) + ", not " + in_quotes(expected)};
    };
    Ids left_out;  // <pad>, <s>
    for (const std::int32_t id : specials.ids()) {
      if (!vocabulary.is_text(id) && !specials.is_end(id)) left_out.push_back(id);
    }
    require_text({}, "", "no ids");
    require_text(left_out, "", "special tokens");
    for (const std::int32_t end : specials.ends) require_text({end, some}, "", vocabulary.token(end));
    for (const std::string& line : example_lines()) {
      const std::optional<Ids> ids = ids_of(*tokenizer, line);
      if (!ids) continue;
      Ids framed = left_out;
      for (const std::int32_t id : *ids) {
        if (!left_out.empty()) framed.push_back(left_out.front());
        framed.push_back(id);
      }
      if (specials.end() >= 0) framed.insert(framed.end(), {specials.end(), ids->empty() ? some : ids->front(), some});
      require_text(framed, tokenizer->decode(*ids), "with special tokens, and the end before the last two");
    }
    for (std::int32_t id = 0; id < tokenizer->size(); ++id) (void)tokenizer->decode({id, some, id});
    return fmt::format("E_TOKENIZER_ID outside the vocabulary; stops at {} ends, leaves out {} special tokens",
                       specials.ends.size(), left_out.size());
  }

  // Of a text that is no UTF-8 the bad bytes are unknown, or the text comes back exactly (bytes), or it is refused
  // where nothing can be unknown (labels).
  std::string bad_utf8() const {
    const auto tokenizer = trained();
    std::size_t count = 0, refused = 0;
    const auto require_taken = [&](const std::string& text, bool invalid) {
      ++count;
      const std::optional<Ids> ids = ids_of(*tokenizer, text);
      if (!ids) {
        ++refused;
        return;
      }
      const std::string back = tokenizer->decode(*ids);
      if (back == text) return;
      if (utf8_fault(back) != std::string::npos) {
        throw CheckFailed{"what comes back of " + in_quotes(text) + " is neither valid UTF-8 nor that text"};
      }
      if (invalid && !has_unknown(*tokenizer, *ids)) {
        throw CheckFailed{"no <unk> for " + in_quotes(text) + ", which is not valid UTF-8"};
      }
    };
    for (const std::string& text : odd_texts(longest_, seed_)) require_taken(text, false);
    for (const std::string& text : invalid_texts()) require_taken(text, true);
    std::string text = fmt::format("{} texts, any bytes, up to {} KiB: taken", count, longest_ >> 10U);
    if (refused > 0) text += fmt::format(", but for {} that are refused", refused);
    return text + fmt::format("; seed {}", seed_);
  }

  std::string determinism() const {
    const auto tokenizer = trained();
    std::vector<Ids> first;
    const std::vector<std::string> texts = known_lines(*tokenizer);
    for (const std::string& line : texts) first.push_back(tokenizer->encode(line));
    for (std::size_t i = texts.size(); i-- > 0;) {
      require_same_ids(tokenizer->encode(texts[i]), first[i], texts[i], "a second time, in another order");
    }
    return fmt::format("{} lines twice, in another order", texts.size());
  }

  // A tokenizer that has encoded nothing yet, so that whatever it keeps is filled by all threads at once.
  std::string threads() const {
    constexpr int kThreads = 4;
    const auto tokenizer = trained(), alone = trained();
    const std::vector<std::string> texts = known_lines(*alone);
    std::vector<Ids> expected;
    for (const std::string& text : texts) expected.push_back(alone->encode(text));
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
    at_once(kThreads, [&](int thread) {
      std::size_t at = static_cast<std::size_t>(thread) * 5;
      do {
        for (std::size_t i = 0; i < texts.size(); ++i) {
          const std::size_t line = at++ % texts.size();
          require_same_ids(tokenizer->encode(texts[line]), expected[line], texts[line], "in four threads at once");
          (void)tokenizer->decode(expected[line]);
        }
      } while (std::chrono::steady_clock::now() < until);
    });
    return fmt::format("the same ids in {} threads at once", kThreads);
  }

  // What training sees may be cut in another way: it is the same text, and the same for the same random numbers.
  std::string sample() const {
    const auto tokenizer = trained();
    std::int64_t differ = 0;
    const std::vector<std::string> texts = known_lines(*tokenizer);
    for (const std::string& line : texts) {
      Rng random(static_cast<std::uint64_t>(seed_), "check/sample"), again = random;
      const Ids whole = tokenizer->encode(line), cut = tokenizer->sample(line, random);
      require_same_ids(tokenizer->sample(line, again), cut, line, "sampled twice with the same random numbers");
      if (!tokenizer->samples()) require_same_ids(cut, whole, line, "sampled, though samples() is false");
      if (tokenizer->decode(cut) != tokenizer->decode(whole)) {
        throw CheckFailed{fmt::format("{} comes back from its sampled ids as {}", in_quotes(line),
                                      in_quotes(tokenizer->decode(cut)))};
      }
      differ += cut != whole ? 1 : 0;
    }
    return tokenizer->samples() ? fmt::format("{} of {} lines cut in another way", differ, texts.size())
                                : "never: training sees what encode() gives";
  }

  std::string memory() const {
    const auto tokenizer = trained();
    const std::vector<std::string> texts = known_lines(*tokenizer);
    return check_leak([&] {
      for (const std::string& line : texts) (void)tokenizer->decode(tokenizer->encode(line));
    });
  }

  TokenizerCase case_;
  std::int64_t seed_;
  std::size_t longest_ = 0;  // of the odd texts
  Checks checks_;
};

}  // namespace

std::vector<CheckRow> check_tokenizer(const Config& spec, const CheckOptions& options, const Host& host) {
  return TokenizerChecks({spec, options.seed, host.registry}).run();
}

}  // namespace strata::detail
