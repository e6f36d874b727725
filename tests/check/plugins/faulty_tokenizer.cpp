// A tokenizer of words with one planted mistake (option "fault"), or none.
#include <strata/core/error.hpp>
#include <strata/core/file.hpp>
#include <strata/core/utf8.hpp>
#include <strata/plugin.hpp>
#include <strata/text/tokenizer.hpp>
#include <strata/text/words.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <random>
#include <stdexcept>
#include <thread>

namespace {
using namespace strata;

[[maybe_unused]] void* volatile lost = nullptr;

class FaultyTokenizer final : public Tokenizer {
 public:
  struct Options {
    std::string fault = "none";
    void visit(auto& option) { option("fault", fault, "the mistake"); }
  };
  explicit FaultyTokenizer(const Options& options) : fault_(options.fault) {}

  bool joint() const override { return true; }
  const Vocabulary& vocabulary() const override { return is("pieces") ? other_ : vocabulary_; }

  void train(const LineSource& lines) override {
    static std::size_t trainings = 0;
    std::map<std::string, int> counts;
    for (std::string line; lines(line);) {
      for_each_word(line, [&](std::string_view word) { ++counts[written(word)]; });
    }
    if (counts.empty() && !is("nothing")) throw Error("E_TOKENIZER_EMPTY", "[faulty]", "there is no word");
    std::vector<std::string> words;
    for (const auto& [word, count] : counts) words.push_back(word);
    if (is("unstable")) std::rotate(words.begin(), words.begin() + static_cast<long>(++trainings % 7), words.end());
    use(words);
  }

  std::vector<std::int32_t> encode(std::string_view text) const override {
    std::vector<std::int32_t> ids;
    if (is("quadratic")) {  // a copy of the rest for each word
      for (std::string rest(text); !rest.empty();) {
        const std::size_t length = std::min(rest.find(' '), rest.size());
        for_each_word(std::string_view(rest).substr(0, length), [&](std::string_view word) { add(word, ids); });
        rest = rest.substr(std::min(length + 1, rest.size()));
      }
      return ids;
    }
    if (is("backwards")) {  // in one word: looks back to its start at every eighth byte
      std::size_t seen = 0;
      for (std::size_t i = 0; i < text.size(); i += 8)
        seen += text.substr(0, i).rfind(' ') != std::string::npos ? 1 : 0;
      if (seen > text.size()) return ids;
    }
    std::vector<std::string_view> words;
    for_each_word(text, [&](std::string_view word) { words.push_back(word); });
    if (is("lossy") && words.size() > 4) words.pop_back();
    if (is("glued") && words.size() > 1) words.erase(words.begin() + 1);
    if (is("throws") && utf8_fault(text) != std::string_view::npos) throw std::runtime_error("not UTF-8");
    if (is("refuses") && utf8_fault(text) != std::string_view::npos) throw Error("E_DATA_UTF8", "", "not UTF-8");
    if (is("threads")) {
      for (cursor_ = 0; cursor_ < words.size();) {
        const std::size_t at = cursor_++;
        std::this_thread::yield();
        if (at < words.size()) add(words[at], ids);
      }
      return ids;
    }
    for (const std::string_view word : words) add(word, ids);
    if (is("leak")) lost = std::malloc(std::size_t{1} << 16U);  // NOLINT: that is the fault
    return ids;
  }

  bool samples() const override { return is("drops") || is("moody"); }
  std::vector<std::int32_t> sample(std::string_view text, Rng& random) const override {
    static std::atomic<int> calls = 0;
    std::vector<std::int32_t> ids = encode(text);
    const bool left_out = (is("drops") && random.uniform() < 0.5) || (is("moody") && ++calls % 2 == 0);
    if ((left_out || is("secret")) && ids.size() > 1) ids.pop_back();
    return ids;
  }

  std::string decode(const std::vector<std::int32_t>& ids) const override {
    std::string text;
    for (const std::int32_t id : ids) {
      if (id == kEnd && !is("end")) break;
      if (is("outside") && (id < 0 || id >= vocabulary_.size())) continue;
      const std::string& token = vocabulary_.token(id);
      if (id == kPad || id == kStart || id == kEnd) continue;
      if (!text.empty() && !is("spaces")) text += ' ';
      text += token;
    }
    if (is("cuts") && !text.empty()) text.back() = '\xc3';
    return text;
  }

  std::vector<std::string> save(const std::string& folder, const std::string& prefix) const override {
    const std::string name = (is("prefix") ? "" : prefix) + "vocab.txt";
    vocabulary_.save(folder + "/" + name);
    if (is("endless")) std::this_thread::sleep_for(std::chrono::hours(1));
    if (is("crash")) std::abort();
    if (is("unnamed")) vocabulary_.save(folder + "/" + prefix + "more.txt");
    return {name};
  }

  void load(const std::string& folder, const std::string& prefix) override {
    const std::string path = folder + "/" + (is("prefix") ? "" : prefix) + "vocab.txt";
    if (is("believes")) {  // takes lines for words, whatever they are
      const std::string text = read_file(path);
      std::vector<std::string> words;
      for_each_word(text, [&](std::string_view word) { words.emplace_back(word); });
      words.erase(words.begin(), words.begin() + std::min<long>(kSpecials, static_cast<long>(words.size())));
      use(words);
      return;
    }
    vocabulary_ = Vocabulary::load(path);
    if (is("demotes")) {
      Specials specials = vocabulary_.specials();
      specials.start = -1;
      vocabulary_.set_specials(specials);
    }
    if (!is("forgets")) return;
    std::vector<std::string> words;
    for (std::int32_t id = kSpecials; id + 1 < vocabulary_.size(); ++id) words.push_back(vocabulary_.token(id));
    use(words);
  }

 private:
  bool is(std::string_view fault) const { return fault_ == fault; }

  void use(const std::vector<std::string>& words) {
    vocabulary_ = Vocabulary();
    for (const std::string& word : words) {
      if (utf8_fault(word) == std::string::npos && vocabulary_.find(word) < 0) vocabulary_.add(word);
    }
    other_ = Vocabulary();
    for (std::int32_t id = vocabulary_.size(); id-- > kSpecials;) other_.add(vocabulary_.token(id));
  }

  // In lower case is no mistake, but a promise that a tokenizer may make.
  std::string written(std::string_view word) const {
    std::string text(word);
    for (char& c : text) c = is("lower") && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return text;
  }

  void add(std::string_view given, std::vector<std::int32_t>& ids) const {
    const std::string word = written(given);
    static std::mt19937 chance{std::random_device{}()};  // the device itself takes microseconds a number
    if (is("forged")) {
      ids.push_back(vocabulary_.find(word) < 0 ? kUnk : vocabulary_.find(word));
    } else if (is("ids") && vocabulary_.find(word) < 0) {
      ids.push_back(vocabulary_.size());
    } else if (is("chance") && chance() % 50 == 0) {
      ids.push_back(kUnk);
    } else if (is("guesses") && utf8_fault(word) != std::string_view::npos) {
      ids.push_back(kSpecials);
    } else {
      ids.push_back(vocabulary_.encode(word));
    }
  }

  std::string fault_;
  Vocabulary vocabulary_, other_;
  mutable std::atomic<std::size_t> cursor_ = 0;
};

}  // namespace

STRATA_PLUGIN("faulty-tokenizer", "1.0", [](strata::Registry& r) {
  r.add<strata::Tokenizer, FaultyTokenizer>("faulty", "words, with a mistake");
});
