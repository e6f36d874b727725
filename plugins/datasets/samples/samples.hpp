// The sample pairs of our own making: pure functions from a day or a number to text.
#pragma once

#include <cstdint>
#include <string>

namespace samples {

// Days from 1900-01-01 (0) to 2099-12-31.
inline constexpr std::int64_t kDays = 73049;
inline constexpr int kDateForms = 12;

// The day in one of kDateForms English and French forms. Numeric forms have the day first.
std::string date_text(std::int64_t day, int form);
std::string iso_date(std::int64_t day);  // "1987-03-03"

inline constexpr std::int64_t kNumbers = 1000000;  // 0 to 999,999

// "seventy-four"; british: "one hundred and one" instead of "one hundred one".
std::string english_number(std::int64_t number, bool british);
// "vierundsiebzig"; with `between` its parts are told apart: "vier und siebzig".
std::string german_number(std::int64_t number, const std::string& between);

}  // namespace samples
