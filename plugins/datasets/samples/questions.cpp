// Questions: short English ones of our own making, by the type of their answer (the task of Li and Roth, 2002,
// "Learning Question Classifiers"). A form has slots, and a question is one choice of a word for each.
#include <array>
#include <span>
#include <string_view>

#include "samples.hpp"

namespace samples {
namespace {

using Words = std::span<const char* const>;

constexpr std::array<const char*, 10> kLooks = {"new",  "great", "small", "white",  "red",
                                                "long", "stone", "grey",  "wooden", "tall"};
constexpr std::array<const char*, 16> kBuildings = {"bridge", "tower",  "castle", "harbour",    "library", "museum",
                                                    "market", "palace", "school", "lighthouse", "station", "temple",
                                                    "mill",   "wall",   "garden", "theatre"};
constexpr std::array<const char*, 16> kTowns = {"Paris",  "Rome",   "Lima",   "Oslo",   "Cairo",  "Delhi",
                                                "Tokyo",  "Quito",  "Accra",  "Boston", "Lisbon", "Madrid",
                                                "Prague", "Vienna", "Warsaw", "Dublin"};
constexpr std::array<const char*, 12> kPeople = {"king",   "queen", "doctor", "painter", "captain", "farmer",
                                                 "writer", "judge", "baker",  "teacher", "mayor",   "sailor"};
constexpr std::array<const char*, 10> kDone = {"built",  "painted", "bought", "sold",     "opened",
                                               "closed", "moved",   "burnt",  "repaired", "planned"};
constexpr std::array<const char*, 12> kThings = {"horses", "ships", "books", "lamps",  "trees", "stones",
                                                 "doors",  "bells", "coins", "chairs", "boats", "stairs"};
constexpr std::array<const char*, 4> kPlaces = {"city", "country", "town", "street"};
constexpr std::array<const char*, 4> kTimes = {"year", "month", "century", "week"};

struct Slot {
  std::string_view name;
  Words words;
};
constexpr std::array<Slot, 8> kSlots = {{{"{look}", kLooks},
                                         {"{building}", kBuildings},
                                         {"{town}", kTowns},
                                         {"{person}", kPeople},
                                         {"{done}", kDone},
                                         {"{things}", kThings},
                                         {"{place}", kPlaces},
                                         {"{time}", kTimes}}};

struct Form {
  const char *label, *text;
};

// No word but a few belongs to one label: "who", "when" and "where" stand in questions of other types, too, and "what",
// "which" and "how" in nearly all.
constexpr std::array<Form, kPlainForms + kNestedForms> kForms = {{
    {"person", "who {done} the {look} {building} in {town}"},
    {"person", "which {person} of {town} {done} the {building}"},
    {"person", "what was the name of the {person} who {done} the {building} in {town}"},
    {"person", "what do they call the {person} from {town} whose {building} was {done}"},
    {"place", "where was the {look} {building} of the {person} {done}"},
    {"place", "in which {place} did the {person} who {done} the {look} {building} live"},
    {"place", "what {place} is the {person} who {done} the {look} {building} from"},
    {"place", "what is the way from {town} to the {building} that the {person} {done}"},
    {"time", "when was the {look} {building} in {town} {done}"},
    {"time", "in which {time} did the {person} who {done} the {look} {building} die"},
    {"time", "what was the {time} when the {person} of {town} {done} the {building}"},
    {"time", "how long ago was the {building} in {town} {done} by the {person}"},
    {"number", "how many {things} does the {look} {building} in {town} have"},
    {"number", "how many {things} were there where the {person} {done} the {building}"},
    {"number", "what was the number of {things} when the {building} in {town} was {done}"},
    {"number", "how much did the {person} who {done} the {building} in {town} pay for the {things}"},
    {"reason", "why was the {look} {building} in {town} {done}"},
    {"reason", "why did the {person} ask when the {building} in {town} was {done}"},
    {"reason", "what was the reason that the {person} of {town} {done} the {building}"},
    {"reason", "how come the {building} where the {person} keeps the {things} was {done}"},
    {"meaning", "what does a {look} {building} mean to the {person} of {town}"},
    {"meaning", "what is meant by a {look} {building} of {things} in {town}"},
    {"meaning", "how would the {person} who {done} it explain the word {building} in {town}"},
    {"meaning", "what do they mean when they say that the {person} of {town} {done} a {building}"},
    // Nested: of two question words the first asks. Each pair has the same words, and only their order tells them
    // apart.
    {"person", "do you know who learned when they {done} the {look} {building} in {town}"},
    {"time", "do you know when they learned who {done} the {look} {building} in {town}"},
    {"person", "do you know who learned where they {done} the {look} {building} in {town}"},
    {"place", "do you know where they learned who {done} the {look} {building} in {town}"},
    {"time", "do you know when they learned where she {done} the {look} {building} in {town}"},
    {"place", "do you know where they learned when she {done} the {look} {building} in {town}"},
}};

// The words of the slot that begins here.
const Slot* slot_at(std::string_view text) {
  for (const Slot& slot : kSlots) {
    if (text.substr(0, slot.name.size()) == slot.name) return &slot;
  }
  return nullptr;
}

}  // namespace

std::int64_t form_questions(std::size_t form) {
  std::int64_t count = 1;
  std::string_view text = kForms.at(form).text;
  for (; !text.empty(); text.remove_prefix(1)) {
    if (const Slot* slot = slot_at(text)) count *= static_cast<std::int64_t>(slot->words.size());
  }
  return count;
}

std::string question_text(const Question& question) {
  std::string out;
  std::int64_t rest = question.choice;
  std::string_view text = kForms.at(question.form).text;
  while (!text.empty()) {
    const Slot* slot = slot_at(text);
    if (slot == nullptr) {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    const auto count = static_cast<std::int64_t>(slot->words.size());
    out += slot->words[static_cast<std::size_t>(rest % count)];
    rest /= count;
    text.remove_prefix(slot->name.size());
  }
  return out;
}

std::string question_label(const Question& question) { return kForms.at(question.form).label; }

}  // namespace samples
