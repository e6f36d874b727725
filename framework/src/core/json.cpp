// The strict JSON reader: one pass, recursion bounded by the depth limit, memory counted as it goes, every fault with
// its line and column.
#include "strata/core/json.hpp"

#include <algorithm>
#include <charconv>
#include <unordered_set>
#include <utility>

#include "strata/core/error.hpp"
#include "strata/core/text_file.hpp"
#include "strata/core/utf8.hpp"

namespace strata {
namespace {

constexpr std::size_t kBlock = 16;          // what an allocation takes beyond its bytes
constexpr std::size_t kCounted = 48;        // a shared string without its text
constexpr std::size_t kNode = 64 + kBlock;  // a name in a set, without its text

std::size_t heap_of(const std::string& text) {
  constexpr std::size_t kInPlace = 15;
  return text.capacity() > kInPlace ? text.capacity() + 1 + kBlock : 0;
}

}  // namespace

class JsonReader {
 public:
  JsonReader(std::string_view text, std::string_view source, const JsonLimits& limits)
      : text_(text), source_(source), limits_(limits), allowed_(limits.memory + text.size()), memory_(allowed_) {}

  Config read() {
    if (text_.size() > limits_.bytes) {
      throw Error("E_CONFIG_LIMIT", source_,
                  "has " + std::to_string(text_.size()) + " bytes, allowed are " + std::to_string(limits_.bytes));
    }
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") fail("E_CONFIG_ENCODING", "starts with a byte order mark");
    at_ = utf8_fault(text_);
    if (at_ < text_.size()) fail("E_CONFIG_ENCODING", "invalid UTF-8");
    at_ = 0;
    Config out;
    const std::string base = source_ + ":";
    out.set_source(source_);
    value(out, base, 0);
    skip_space();
    if (at_ < text_.size()) fail("E_CONFIG_JSON", "text after the value");
    return out;
  }

 private:
  [[noreturn]] void fail(const char* code, std::string message) const {
    const std::string_view before = text_.substr(0, at_);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t start = before.rfind('\n');
    const std::size_t column = start == std::string_view::npos ? at_ + 1 : at_ - start;
    throw Error(code, source_ + ":" + std::to_string(line) + ":" + std::to_string(column), std::move(message));
  }

  [[noreturn]] void unexpected(std::string_view wanted) const {
    const std::string found =
        at_ < text_.size() ? "'" + printable(text_.substr(at_, utf8_length(text_, at_))) + "'" : "the end";
    fail("E_CONFIG_JSON", "expects " + std::string(wanted) + ", found " + found);
  }

  // Counts bytes before they are allocated.
  void take_memory(std::size_t bytes) {
    if (bytes > memory_) {
      fail("E_CONFIG_LIMIT", "the values take more than the " + std::to_string(allowed_ >> 20U) +
                                 " MiB of memory that a text of " + std::to_string(text_.size()) + " bytes may take");
    }
    memory_ -= bytes;
  }

  std::shared_ptr<const std::string> shared(std::string place) {
    take_memory(kCounted + kBlock + heap_of(place));
    return std::make_shared<const std::string>(std::move(place));
  }

  // Room for one more; both the old and the new block are there for a moment.
  template <class Values>
  void grow(Values& values) {
    if (values.size() < values.capacity()) return;
    const std::size_t before = values.capacity(), after = std::max<std::size_t>(1, 2 * before);
    take_memory(after * sizeof(values[0]) + kBlock);
    values.reserve(after);
    if (before > 0) memory_ += before * sizeof(values[0]) + kBlock;
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
      ++at_;
  }

  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  // place: that of the value itself ("source:" at the root).
  void value(Config& out, const std::string& place, int depth) {
    skip_space();
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    if (c == '{' || c == '[') {
      if (depth >= limits_.depth) fail("E_CONFIG_LIMIT", "deeper than " + std::to_string(limits_.depth) + " levels");
      ++at_;
      if (c == '{') {
        object(out, place, depth + 1);
      } else {
        array(out, place, depth + 1);
      }
    } else if (c == '"') {
      ++at_;
      std::string text = string();
      take_memory(heap_of(text));
      out.value_ = std::move(text);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      number(out);
    } else if (word("true")) {
      out.value_ = true;
    } else if (word("false")) {
      out.value_ = false;
    } else if (!word("null")) {
      unexpected("a value");
    }
  }

  bool word(std::string_view wanted) {
    if (text_.substr(at_, wanted.size()) != wanted) return false;
    at_ += wanted.size();
    return true;
  }

  void array(Config& out, const std::string& place, int depth) {
    Config::Items items;
    skip_space();
    if (!take(']')) {
      const auto base = shared(place);
      do {
        grow(items);
        Config& item = items.emplace_back();
        const auto index = static_cast<std::int64_t>(items.size() - 1);
        item.set_place(base, index);
        skip_space();
        const bool nested = at_ < text_.size() && (text_[at_] == '{' || text_[at_] == '[');
        value(item, nested ? item.place() : std::string(), depth);  // a scalar needs no text of its place
        skip_space();
      } while (take(','));
      if (!take(']')) unexpected("',' or ']'");
    }
    out.value_ = std::move(items);
  }

  void object(Config& out, const std::string& place, int depth) {
    Config::Members members;
    std::unordered_set<std::string> seen;
    std::size_t of_seen = 0;
    Config parent;  // spells the members' places
    parent.set_place(shared(place), place == source_ + ":" ? -2 : -1);
    skip_space();
    if (!take('}')) {
      do {
        skip_space();
        const std::size_t key_at = at_;
        if (!take('"')) unexpected("a member's name in quotes");
        std::string key = string();
        take_memory(kNode + 2 * heap_of(key));
        of_seen += kNode + heap_of(key);
        if (!seen.insert(key).second) {
          at_ = key_at;
          fail("E_CONFIG_DUPLICATE", "the member \"" + key + "\" stands twice in one object");
        }
        skip_space();
        if (!take(':')) unexpected("':'");
        grow(members);
        auto& member = members.emplace_back(std::move(key), Config());
        const auto own = shared(parent.place_of(member.first));
        member.second.set_place(own, -1);
        value(member.second, *own, depth);
        skip_space();
      } while (take(','));
      if (!take('}')) unexpected("',' or '}'");
    }
    out.value_ = std::move(members);
    memory_ += of_seen;
  }

  unsigned hex4() {
    unsigned out = 0;
    const char* start = text_.data() + at_;
    const bool whole = at_ + 4 <= text_.size();
    const auto [end, fault] = std::from_chars(start, whole ? start + 4 : start, out, 16);
    if (!whole || fault != std::errc() || end != start + 4) fail("E_CONFIG_JSON", "\\u needs four hexadecimal digits");
    at_ += 4;
    return out;
  }

  void escape(std::string& out) {
    static constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
    if (at_ >= text_.size()) unexpected("an escape");
    const char c = text_[at_++];
    if (const std::size_t which = kFrom.find(c); which != std::string_view::npos) {
      out += kTo[which];
      return;
    }
    if (c != 'u') {
      --at_;
      fail("E_CONFIG_JSON", "no such escape");
    }
    const std::size_t start = at_ - 2;
    std::uint32_t code = hex4();
    if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
      at_ += 2;
      const std::uint32_t low = hex4();
      code = low >= 0xDC00 && low < 0xE000 ? 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00) : 0xD800;
    }
    if (code >= 0xD800 && code < 0xE000) {
      at_ = start;
      fail("E_CONFIG_ENCODING", "half of a surrogate pair");
    }
    const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xC0U | (code >> 6U)), put(0x80U | (code & 63U));
    } else if (code < 0x10000) {
      put(0xE0U | (code >> 12U)), put(0x80U | ((code >> 6U) & 63U)), put(0x80U | (code & 63U));
    } else {
      put(0xF0U | (code >> 18U)), put(0x80U | ((code >> 12U) & 63U)), put(0x80U | ((code >> 6U) & 63U)),
          put(0x80U | (code & 63U));
    }
  }

  std::string string() {
    std::string out;
    for (;;) {
      const std::size_t start = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= 0x20)
        ++at_;
      out.append(text_, start, at_ - start);
      if (take('"')) return out;
      if (!take('\\')) unexpected("the string's end");
      escape(out);
    }
  }

  std::size_t digits() {
    const std::size_t start = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ - start;
  }

  void number(Config& out) {
    const std::size_t start = at_;
    take('-');
    const bool zero = at_ < text_.size() && text_[at_] == '0';
    const std::size_t count = digits();
    if (count == 0) unexpected("a digit");
    if (zero && count > 1) {
      at_ = start;
      fail("E_CONFIG_JSON", "a number cannot start with 0");
    }
    bool real = false;
    if (take('.')) {
      real = true;
      if (digits() == 0) unexpected("a digit");
    }
    if (take('e') || take('E')) {
      real = true;
      if (!take('+')) take('-');
      if (digits() == 0) unexpected("a digit");
    }
    const char *first = text_.data() + start, *last = text_.data() + at_;
    std::from_chars_result result{};
    if (real) {
      double parsed = 0;
      result = std::from_chars(first, last, parsed);
      out.value_ = parsed;
    } else {
      std::int64_t parsed = 0;
      result = std::from_chars(first, last, parsed);
      out.value_ = parsed;
    }
    if (result.ec != std::errc() || result.ptr != last) {
      at_ = start;
      const std::string shown = printable(std::string_view(first, static_cast<std::size_t>(last - first)), 40);
      fail("E_CONFIG_NUMBER", shown + (real ? " is beyond a double" : " is beyond 64 bits"));
    }
  }

  std::string_view text_;
  std::string source_;
  JsonLimits limits_;
  std::size_t allowed_, memory_;  // bytes that the values may take, and those that are left
  std::size_t at_ = 0;
};

Config parse_json(std::string_view text, std::string_view source, const JsonLimits& limits) {
  return JsonReader(text, source, limits).read();
}

Config read_json(const std::string& file, const JsonLimits& limits) {
  return parse_json(read_text_file(file, limits.bytes), file, limits);
}

}  // namespace strata
