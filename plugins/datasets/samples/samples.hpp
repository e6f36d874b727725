// The sample pairs of our own making: pure functions from a day, a number or a question's form to text.
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

// Forms of a question: four plain ones for each of six labels, then six in which a question is asked about another.
inline constexpr std::size_t kPlainForms = 24, kNestedForms = 6;

struct Question {
  std::size_t form = 0;
  std::int64_t choice = 0;  // below form_questions(form): the form's slots as digits, the first changes fastest
};

std::int64_t form_questions(std::size_t form);         // how many questions have this form
std::string question_text(const Question& question);   // "who built the new bridge in Paris"
std::string question_label(const Question& question);  // "person", "place", "time", "number", "reason" or "meaning"

}  // namespace samples
