// Dates: English and French forms of a day, in which day, month and year change places, and ISO 8601.
#include <array>
#include <chrono>

#include "samples.hpp"

namespace samples {
namespace {

using Names = std::array<const char*, 12>;
using Weekdays = std::array<const char*, 7>;
using Days = std::array<const char*, 31>;

constexpr Names kMonths = {"January", "February", "March",     "April",   "May",      "June",
                           "July",    "August",   "September", "October", "November", "December"};
constexpr Names kShortMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr Names kMois = {"janvier", "février", "mars",      "avril",   "mai",      "juin",
                         "juillet", "août",    "septembre", "octobre", "novembre", "décembre"};
constexpr Weekdays kWeekdays = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr Weekdays kJours = {"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"};
constexpr Days kOrdinals = {
    "first",         "second",       "third",         "fourth",       "fifth",        "sixth",          "seventh",
    "eighth",        "ninth",        "tenth",         "eleventh",     "twelfth",      "thirteenth",     "fourteenth",
    "fifteenth",     "sixteenth",    "seventeenth",   "eighteenth",   "nineteenth",   "twentieth",      "twenty-first",
    "twenty-second", "twenty-third", "twenty-fourth", "twenty-fifth", "twenty-sixth", "twenty-seventh", "twenty-eighth",
    "twenty-ninth",  "thirtieth",    "thirty-first"};
constexpr Days kQuantiemes = {
    "premier",    "deux",      "trois",      "quatre",     "cinq",        "six",        "sept",        "huit",
    "neuf",       "dix",       "onze",       "douze",      "treize",      "quatorze",   "quinze",      "seize",
    "dix-sept",   "dix-huit",  "dix-neuf",   "vingt",      "vingt et un", "vingt-deux", "vingt-trois", "vingt-quatre",
    "vingt-cinq", "vingt-six", "vingt-sept", "vingt-huit", "vingt-neuf",  "trente",     "trente et un"};

struct Day {
  unsigned day, month, weekday;
  int year;
};

Day day_of(std::int64_t number) {
  using namespace std::chrono;
  const sys_days date = sys_days(year(1900) / January / 1) + days(number);
  const year_month_day calendar(date);
  return {static_cast<unsigned>(calendar.day()), static_cast<unsigned>(calendar.month()), weekday(date).c_encoding(),
          static_cast<int>(calendar.year())};
}

std::string two_digits(unsigned number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string with_ending(unsigned day) {  // 1st, 2nd, 3rd, 4th, 11th, 21st
  const bool teen = day / 10 == 1;
  const char* ending = "th";
  if (!teen && day % 10 == 1) ending = "st";
  if (!teen && day % 10 == 2) ending = "nd";
  if (!teen && day % 10 == 3) ending = "rd";
  return std::to_string(day) + ending;
}

}  // namespace

std::string iso_date(std::int64_t day) {
  const Day date = day_of(day);
  return std::to_string(date.year) + "-" + two_digits(date.month) + "-" + two_digits(date.day);
}

std::string date_text(std::int64_t number, int form) {
  const Day date = day_of(number);
  const std::string day = std::to_string(date.day), year = std::to_string(date.year);
  const std::string month = kMonths[date.month - 1], mois = kMois[date.month - 1];
  const std::string weekday = kWeekdays[date.weekday], jour = kJours[date.weekday];
  const std::string jour_du_mois = date.day == 1 ? "1er" : day;
  switch (form) {
    case 0: return "the " + with_ending(date.day) + " of " + month + ", " + year;
    case 1: return month + " " + day + ", " + year;
    case 2: return day + " " + month + " " + year;
    case 3: return weekday + ", " + month + " " + with_ending(date.day) + ", " + year;
    case 4: return weekday + " " + day + " " + month + " " + year;
    case 5: return std::string(kShortMonths[date.month - 1]) + " " + day + ", " + year;
    case 6: return "the " + std::string(kOrdinals[date.day - 1]) + " of " + month + " " + year;
    case 7: return "le " + jour_du_mois + " " + mois + " " + year;
    case 8: return jour + " " + jour_du_mois + " " + mois + " " + year;
    case 9: return "le " + std::string(kQuantiemes[date.day - 1]) + " " + mois + " " + year;
    case 10: return "en " + year + ", le " + jour_du_mois + " " + mois;
    default: return two_digits(date.day) + "/" + two_digits(date.month) + "/" + year;
  }
}

}  // namespace samples
