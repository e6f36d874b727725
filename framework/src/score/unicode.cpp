// Code points by utf8proc; the two derived properties that it lacks (Cased, Case_Ignorable) by PCRE2.
#include "score/unicode.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <utf8proc.h>

#include <memory>

#include "strata/core/error.hpp"

namespace strata::detail {
namespace {

constexpr char32_t kCapitalSigma = 0x3A3, kSigma = 0x3C3, kFinalSigma = 0x3C2;
constexpr char32_t kCapitalDottedI = 0x130, kCombiningDotAbove = 0x307;

// A Unicode property of one character, as PCRE2 knows it.
class Property {
 public:
  explicit Property(const char* pattern) {
    int error = 0;
    std::size_t offset = 0;
    code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern), PCRE2_ZERO_TERMINATED,
                              PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED, &error, &offset, nullptr));
    if (!code_) throw Error("E_INTERNAL", "unicode", std::string("PCRE2 does not compile ") + pattern);
  }

  bool holds(char32_t point) const {
    std::string text;
    append_utf8(text, point);
    const std::unique_ptr<pcre2_match_data, void (*)(pcre2_match_data*)> match(
        pcre2_match_data_create_from_pattern(code_.get(), nullptr), pcre2_match_data_free);
    if (!match) throw Error("E_MEMORY", "unicode", "no memory to match one character");
    return pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, match.get(),
                       nullptr) > 0;
  }

 private:
  std::unique_ptr<pcre2_code, void (*)(pcre2_code*)> code_{nullptr, pcre2_code_free};
};

bool is_cased(char32_t point) {
  static const Property property("\\p{Cased}");
  return property.holds(point);
}

bool is_case_ignorable(char32_t point) {
  static const Property property("\\p{Case_Ignorable}");
  return property.holds(point);
}

// Final_Sigma of the Unicode standard (table 3-17): a cased letter before, none after, case-ignorables skipped.
// `cased_before` is carried along by the caller, so that a line of sigmas costs linear time.
bool is_final_sigma(std::u32string_view text, std::size_t at, bool cased_before) {
  if (!cased_before) return false;
  std::size_t next = at + 1;
  while (next < text.size() && is_case_ignorable(text[next])) ++next;
  return next == text.size() || !is_cased(text[next]);
}

utf8proc_category_t category(char32_t point) { return utf8proc_category(static_cast<utf8proc_int32_t>(point)); }

}  // namespace

std::u32string decode_utf8(std::string_view text) {
  std::u32string points;
  points.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      points.push_back(byte);
      ++at;
      continue;
    }
    utf8proc_int32_t point = -1;
    const utf8proc_ssize_t length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                                                     static_cast<utf8proc_ssize_t>(text.size() - at), &point);
    if (length <= 0) {
      throw Error("E_DATA_UTF8", "",
                  "invalid UTF-8 at byte " + std::to_string(at) + ": " + printable(text.substr(at, 8)),
                  "convert it to UTF-8, for instance with iconv");
    }
    points.push_back(static_cast<char32_t>(point));
    at += static_cast<std::size_t>(length);
  }
  return points;
}

void append_utf8(std::string& out, char32_t point) {
  utf8proc_uint8_t bytes[4];
  const utf8proc_ssize_t length = utf8proc_encode_char(static_cast<utf8proc_int32_t>(point), bytes);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
}

bool is_white(char32_t point) {
  if (point < 0x80) return point == ' ' || (point >= 0x09 && point <= 0x0D) || (point >= 0x1C && point <= 0x1F);
  return point == 0x85 || point == 0xA0 || point == 0x1680 || (point >= 0x2000 && point <= 0x200A) || point == 0x2028 ||
         point == 0x2029 || point == 0x202F || point == 0x205F || point == 0x3000;
}

bool is_punctuation(char32_t point) {
  const utf8proc_category_t is = category(point);
  return is >= UTF8PROC_CATEGORY_PC && is <= UTF8PROC_CATEGORY_PO;
}

bool is_symbol(char32_t point) {
  const utf8proc_category_t is = category(point);
  return is >= UTF8PROC_CATEGORY_SM && is <= UTF8PROC_CATEGORY_SO;
}

bool is_number(char32_t point) {
  const utf8proc_category_t is = category(point);
  return is >= UTF8PROC_CATEGORY_ND && is <= UTF8PROC_CATEGORY_NO;
}

std::u32string lower_case(std::u32string_view text) {
  std::u32string lower;
  lower.reserve(text.size());
  // Only a sigma asks for the two properties, which are slow; so what stands before is looked at from there, once.
  std::size_t looked_at = 0;
  bool cased_before = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char32_t point = text[at];
    if (point < 0x80) {
      lower.push_back(point >= 'A' && point <= 'Z' ? point + ('a' - 'A') : point);
    } else if (point == kCapitalSigma) {
      for (; looked_at < at; ++looked_at) {
        if (!is_case_ignorable(text[looked_at])) cased_before = is_cased(text[looked_at]);
      }
      lower.push_back(is_final_sigma(text, at, cased_before) ? kFinalSigma : kSigma);
    } else if (point == kCapitalDottedI) {  // the one character whose lower case is two
      lower.push_back('i');
      lower.push_back(kCombiningDotAbove);
    } else {
      lower.push_back(static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(point))));
    }
  }
  return lower;
}

std::u32string_view strip_right(std::u32string_view text) {
  while (!text.empty() && is_white(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace strata::detail
