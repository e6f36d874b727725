// What a tokenizer promises (text/tokenizer.hpp).
#include "check/tokenizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <limits>

#include "check/texts.hpp"
#include "strata/core/error.hpp"
#include "strata/core/file.hpp"
#include "strata/core/rng.hpp"
#include "strata/core/utf8.hpp"
#include "strata/plugin/registry.hpp"

namespace strata::detail {
namespace {

using Ids = std::vector<std::int32_t>;

class TokenizerChecks {
 public:
  TokenizerChecks(const Config& spec, const CheckOptions& options, Registry& registry)
      : spec_(spec), seed_(options.seed), registry_(registry) {
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
    checks_.property("file", [&] { return file(); });
    checks_.property("damaged file", [&] { return damaged_file(); });
    checks_.property("memory", [&] { return memory(); });
    return checks_.take();
  }

 private:
  std::shared_ptr<Tokenizer> make() const { return registry_.make<Tokenizer>(spec_); }

  // All sample lines, three times over: a pair that is there once may be too rare to be learned.
  std::shared_ptr<Tokenizer> trained() const {
    auto tokenizer = make();
    tokenizer->train([at = std::size_t{0}](std::string& line) mutable {
      if (at == 3 * sample_lines().size()) return false;
      line = sample_lines()[at++ % sample_lines().size()];
      return true;
    });
    return tokenizer;
  }

  // Trained on, and not.
  static std::vector<std::string> lines() {
    std::vector<std::string> all = sample_lines();
    all.insert(all.end(), {"a fox never seen before", "12:34 unlikely@@ZEBRA", "\u00f1 \u9f98 \U0001f9a5"});
    return all;
  }
  static std::string shown(std::string_view text) { return "'" + printable(text, 60) + "'"; }
  static std::vector<std::string> tokens_of(const Vocabulary& vocabulary) {
    std::vector<std::string> tokens;
    for (std::int32_t id = 0; id < vocabulary.size(); ++id) tokens.push_back(vocabulary.token(id));
    return tokens;
  }
  static void require_same_ids(const Ids& got, const Ids& expected, std::string_view text, const std::string& what) {
    if (got == expected) return;
    const auto at = std::mismatch(got.begin(), got.end(), expected.begin(), expected.end());
    throw CheckFailed{fmt::format("{}: {} gives {} ids, not the same {}; they part at number {}", what, shown(text),
                                  got.size(), expected.size(), at.first - got.begin())};
  }
  static void require_alike(const Tokenizer& got, const Tokenizer& expected, const std::string& what) {
    if (tokens_of(got.vocabulary()) != tokens_of(expected.vocabulary())) {
      throw CheckFailed{fmt::format("{}: the vocabulary of {} tokens is not the same as that of {}", what, got.size(),
                                    expected.size())};
    }
    for (const std::string& line : lines()) require_same_ids(got.encode(line), expected.encode(line), line, what);
  }

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
    if (tokenizer->size() <= kSpecials) throw CheckFailed{"the vocabulary has nothing but specials"};
    return fmt::format("twice the same {} tokens of {} lines", tokenizer->size(), sample_lines().size());
  }

  std::string empty() const {
    std::string code;
    for (const int blank : {0, 3}) {
      code = require_error(
          [&] {
            make()->train([left = blank](std::string& line) mutable {
              line = " \t ";
              return left-- > 0;
            });
          },
          {"E_TOKENIZER_EMPTY"}, fmt::format("training on {} blank lines", blank));
    }
    return code + " for no line and for blank ones";
  }

  std::string ids() const {
    const auto tokenizer = trained();
    std::size_t count = 0;
    for (const auto& texts : {lines(), invalid_texts(), odd_texts(longest_, seed_)}) {
      for (const std::string& text : texts) {
        for (const std::int32_t id : tokenizer->encode(text)) {
          if (id < 0 || id >= tokenizer->size()) {
            throw CheckFailed{fmt::format("{} gives id {}, outside 0 <= id < {}", shown(text), id, tokenizer->size())};
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
    std::vector<std::string> texts = lines();
    for (const char* name : {"<pad>", "<s>", "</s>"}) {
      const std::string special = name;
      texts.insert(texts.end(), {special, special + special, "a " + special + " b", "a" + special + "b", special + "\t",
                                 "\xff" + special});
    }
    for (const std::string& text : texts) {
      for (const std::int32_t id : tokenizer->encode(text)) {
        if (id == kPad || id == kStart || id == kEnd) {
          throw CheckFailed{fmt::format("{} is encoded with {}", shown(text), tokenizer->vocabulary().token(id))};
        }
      }
    }
    return fmt::format("no <pad>, <s>, </s> from {} texts, some of which spell them", texts.size());
  }

  // The vocabulary is the one that ids are of: alignments show its tokens. A token may hold a mark beside its text, and
  // a byte that is no text.
  std::string pieces() const {
    const auto tokenizer = trained();
    int alike = 0;
    for (std::int32_t id = kSpecials; id < tokenizer->size(); ++id) {
      const bool reads = tokenizer->pieces({id}).at(0).find(tokenizer->decode({id})) != std::string::npos;
      alike += reads ? 1 : 0;
    }
    std::string text =
        fmt::format("{} of {} tokens hold the text that their id is decoded to", alike, tokenizer->size() - kSpecials);
    if (2 * alike < tokenizer->size() - kSpecials) throw CheckFailed{text};
    return text;
  }

  // Held of the lines, and of the words alone, that hold no <unk>: what the vocabulary lacks cannot come back.
  std::string round_trip() const {
    const auto tokenizer = trained();
    std::vector<std::string> texts = lines();
    for (const std::string& line : sample_lines()) {
      for (std::string& word : words_of(line)) texts.push_back(std::move(word));
    }
    int known = 0, normalised = 0;
    for (const std::string& text : texts) {
      const Ids ids = tokenizer->encode(text);
      if (std::find(ids.begin(), ids.end(), kUnk) != ids.end()) continue;
      const std::string back = tokenizer->decode(ids);
      const Likeness like = utf8_fault(back) == std::string::npos ? likeness(text, back) : Likeness::changed;
      if (like == Likeness::changed) throw CheckFailed{shown(text) + " comes back as " + shown(back)};
      require_same_ids(tokenizer->encode(back), ids, back, "encoded again");
      ++known;
      normalised += like == Likeness::normalised ? 1 : 0;
    }
    if (known == 0) {
      throw CheckFailed{fmt::format("all {} lines and words of the training text hold <unk>", texts.size())};
    }
    std::string text = fmt::format("{} of {} lines and words are without <unk> and come back but for white space",
                                   known, texts.size());
    if (normalised > 0) text += fmt::format(", {} of them normalised (case, accents, added spaces)", normalised);
    return text;
  }

  std::string decode() const {
    const auto tokenizer = trained();
    for (const std::int32_t id :
         {-1, tokenizer->size(), std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::min()}) {
      require_error([&] { (void)tokenizer->decode({kUnk, id}); }, {"E_TOKENIZER_ID"}, fmt::format("id {}", id));
    }
    const auto require_text = [&](const Ids& ids, const std::string& expected, const std::string& what) {
      const std::string text = tokenizer->decode(ids);
      if (text != expected) throw CheckFailed{what + ": " + shown(text) + ", not " + shown(expected)};
    };
    require_text({}, "", "no ids");
    require_text({kPad, kStart, kEnd}, "", "<pad> <s> </s>");
    for (const std::string& line : lines()) {
      const Ids ids = tokenizer->encode(line);
      const std::string text = tokenizer->decode(ids);
      Ids framed = {kStart};
      for (const std::int32_t id : ids) framed.insert(framed.end(), {kPad, id});
      framed.insert(framed.end(), {kPad, kEnd, ids.empty() ? kUnk : ids.front(), kUnk});
      require_text(framed, text, "with <s>, <pad>, and </s> before the last two");
    }
    for (std::int32_t id = 0; id < tokenizer->size(); ++id) (void)tokenizer->decode({id, kUnk, id});
    return "E_TOKENIZER_ID outside the vocabulary; stops at </s>, leaves out <s> and <pad>";
  }

  std::string bad_utf8() const {
    const auto tokenizer = trained();
    std::size_t count = 0;
    const auto taken = [&](const std::string& text) {
      ++count;
      Ids ids = tokenizer->encode(text);
      if (utf8_fault(tokenizer->decode(ids)) != std::string::npos) {
        throw CheckFailed{"what comes back of " + shown(text) + " is not valid UTF-8"};
      }
      return ids;
    };
    for (const std::string& text : odd_texts(longest_, seed_)) taken(text);
    for (const std::string& text : invalid_texts()) {
      const Ids ids = taken(text);
      if (std::find(ids.begin(), ids.end(), kUnk) == ids.end()) {
        throw CheckFailed{"no <unk> for " + shown(text) + ", which is not valid UTF-8"};
      }
    }
    return fmt::format("{} texts, any bytes, up to {} KiB: taken; seed {}", count, longest_ >> 10U, seed_);
  }

  std::string determinism() const {
    const auto tokenizer = trained();
    std::vector<Ids> first;
    for (const std::string& line : lines()) first.push_back(tokenizer->encode(line));
    const std::vector<std::string> again = lines();
    for (std::size_t i = again.size(); i-- > 0;) {
      require_same_ids(tokenizer->encode(again[i]), first[i], again[i], "a second time, in another order");
    }
    return fmt::format("{} lines twice, in another order", again.size());
  }

  // A tokenizer that has encoded nothing yet, so that whatever it keeps is filled by all threads at once.
  std::string threads() const {
    constexpr int kThreads = 4;
    const auto tokenizer = trained(), alone = trained();
    const std::vector<std::string> texts = lines();
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
    for (const std::string& line : lines()) {
      Rng random(static_cast<std::uint64_t>(seed_), "check/sample"), again = random;
      const Ids whole = tokenizer->encode(line), cut = tokenizer->sample(line, random);
      require_same_ids(tokenizer->sample(line, again), cut, line, "sampled twice with the same random numbers");
      if (!tokenizer->samples()) require_same_ids(cut, whole, line, "sampled, though samples() is false");
      if (tokenizer->decode(cut) != tokenizer->decode(whole)) {
        throw CheckFailed{
            fmt::format("{} comes back from its sampled ids as {}", shown(line), shown(tokenizer->decode(cut)))};
      }
      differ += cut != whole ? 1 : 0;
    }
    return tokenizer->samples() ? fmt::format("{} of {} lines cut in another way", differ, lines().size())
                                : "never: training sees what encode() gives";
  }

  std::string file() const {
    const Scratch folder;
    const auto tokenizer = trained();
    std::size_t files = 0;
    for (const std::string prefix : {"", "side."}) {
      const std::string first = folder / (prefix + "first"), second = folder / (prefix + "second");
      make_folders(first);
      make_folders(second);
      const std::vector<std::string> names = tokenizer->save(first, prefix);
      const auto loaded = make();
      loaded->load(first, prefix);
      require_alike(*loaded, *tokenizer, "saved and loaded");
      if (loaded->save(second, prefix) != names) throw CheckFailed{"saved again, the files have other names"};
      for (const std::string& name : names) {
        if (!name.starts_with(prefix)) throw CheckFailed{shown(name) + " does not begin with " + shown(prefix)};
        if (read_file(first + "/" + name) != read_file(second + "/" + name)) {
          throw CheckFailed{shown(name) + ": loaded and saved again, the bytes are not the same"};
        }
      }
      for (const auto& entry : std::filesystem::directory_iterator(first)) {
        if (std::find(names.begin(), names.end(), entry.path().filename().string()) != names.end()) continue;
        throw CheckFailed{"it writes " + shown(entry.path().filename().string()) + ", but does not name it"};
      }
      files = names.size();
    }
    return fmt::format("{} files; loaded: the same ids; saved again: the same bytes", files);
  }

  std::string damaged_file() const {
    const Scratch folder;
    const auto tokenizer = trained();
    Rng random(static_cast<std::uint64_t>(seed_), "check/damage");
    int refused = 0, taken = 0;
    for (const std::string& name : tokenizer->save(folder / ".", "")) {
      const std::string path = folder / name, whole = read_file(path);
      // Not write_file, which waits for the disk each time.
      const auto put = [&](const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; };
      const auto load = [&] {
        const auto other = make();
        other->load(folder / ".", "");
        for (const std::string& line : lines()) (void)other->encode(line);
      };
      std::string noise;
      while (noise.size() < 1000) noise += static_cast<char>(random.below(256));
      put(noise);
      require_error(load, {"E_TOKENIZER_", "E_IO_"}, name + " of random bytes");
      std::filesystem::remove(path);
      require_error(load, {"E_TOKENIZER_", "E_IO_"}, name + " missing");
      refused += 2;
      // A part of a file, or one with a byte changed, may be a whole one by luck.
      std::vector<std::string> damaged = {"", whole.substr(0, whole.size() / 2), whole + noise, noise + whole};
      for (int i = 0; i < 40; ++i) {
        damaged.push_back(whole.substr(0, random.below(whole.size())));
        damaged.push_back(whole);
        damaged.back()[random.below(whole.size())] = static_cast<char>(random.below(256));
      }
      for (const std::string& bytes : damaged) {
        put(bytes);
        bool fine = true;
        try {
          load();
        } catch (const Error& fault) {
          fine = false;
          require_error([&] { throw fault; }, {"E_TOKENIZER_", "E_IO_"}, name + " damaged");
        }
        (fine ? taken : refused) += 1;
      }
      put(whole);
    }
    return fmt::format("{} refused as E_TOKENIZER_* or E_IO_*, {} taken for whole; seed {}", refused, taken, seed_);
  }

  std::string memory() const {
    const auto tokenizer = trained();
    return check_leak([&] {
      for (const std::string& line : lines()) (void)tokenizer->decode(tokenizer->encode(line));
    });
  }

  Config spec_;
  std::int64_t seed_;
  Registry& registry_;
  std::size_t longest_ = 0;  // of the odd texts
  Checks checks_;
};

}  // namespace

std::vector<CheckRow> check_tokenizer(const Config& spec, const CheckOptions& options, const Host& host) {
  return TokenizerChecks(spec, options, host.registry).run();
}

}  // namespace strata::detail
