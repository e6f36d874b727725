// Numbers: English and German number words up to 999,999. German says the unit before the ten.
#include <array>

#include "samples.hpp"

namespace samples {
namespace {

constexpr std::array<const char*, 20> kEnglish = {
    "zero", "one",    "two",    "three",    "four",     "five",    "six",     "seven",     "eight",    "nine",
    "ten",  "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
constexpr std::array<const char*, 10> kEnglishTens = {"",      "",      "twenty",  "thirty", "forty",
                                                      "fifty", "sixty", "seventy", "eighty", "ninety"};
constexpr std::array<const char*, 20> kGerman = {
    "null", "ein", "zwei",  "drei",     "vier",     "fünf",     "sechs",    "sieben",   "acht",     "neun",
    "zehn", "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn"};
constexpr std::array<const char*, 10> kGermanTens = {"",        "",        "zwanzig", "dreißig", "vierzig",
                                                     "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"};

// 1 to 999
std::string english_hundreds(std::size_t number, bool british) {
  std::string text;
  if (number >= 100) text = std::string(kEnglish[number / 100]) + " hundred";
  const std::size_t rest = number % 100;
  if (rest == 0) return text;
  if (!text.empty()) text += british ? " and " : " ";
  if (rest < 20) return text + kEnglish[rest];
  text += kEnglishTens[rest / 10];
  if (rest % 10 != 0) text += std::string("-") + kEnglish[rest % 10];
  return text;
}

// 1 to 999; `last`: nothing follows, so that a final one is "eins"
std::string german_hundreds(std::size_t number, const std::string& between, bool last) {
  std::string text;
  if (number >= 100) text = kGerman[number / 100] + between + "hundert";
  const std::size_t rest = number % 100;
  if (rest == 0) return text;
  if (!text.empty()) text += between;
  if (rest == 1 && last) return text + "eins";
  if (rest < 20) return text + kGerman[rest];
  if (rest % 10 != 0) text += kGerman[rest % 10] + between + "und" + between;
  return text + kGermanTens[rest / 10];
}

}  // namespace

std::string english_number(std::int64_t number, bool british) {
  const auto value = static_cast<std::size_t>(number);
  if (value == 0) return kEnglish[0];
  std::string text;
  if (value >= 1000) text = english_hundreds(value / 1000, british) + " thousand";
  const std::size_t rest = value % 1000;
  if (rest == 0) return text;
  if (!text.empty()) text += british && rest < 100 ? " and " : " ";
  return text + english_hundreds(rest, british);
}

std::string german_number(std::int64_t number, const std::string& between) {
  const auto value = static_cast<std::size_t>(number);
  if (value == 0) return kGerman[0];
  std::string text;
  if (value >= 1000) text = german_hundreds(value / 1000, between, /*last=*/false) + between + "tausend";
  const std::size_t rest = value % 1000;
  if (rest == 0) return text;
  if (!text.empty()) text += between;
  return text + german_hundreds(rest, between, /*last=*/true);
}

}  // namespace samples
