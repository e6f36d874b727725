// Stories: forms of sentences with slots, a choice of a word for each slot that the whole story shares.
#include "stories.hpp"

#include <array>
#include <span>
#include <string_view>

namespace samples {
namespace {

using Words = std::span<const char* const>;

constexpr std::array<const char*, 16> kNames = {"Anna", "Ben",  "Clara", "David", "Emma", "Felix", "Grace", "Henry",
                                                "Ida",  "Jack", "Lily",  "Max",   "Nora", "Oscar", "Rosa",  "Tom"};
constexpr std::array<const char*, 12> kAnimals = {"dog",  "cat",   "fox",  "wolf", "mouse", "horse",
                                                  "bear", "goose", "frog", "goat", "hare",  "crow"};
constexpr std::array<const char*, 12> kThings = {"red ball",    "green hat",   "silver key", "blue kite",
                                                 "wooden boat", "thick book",  "gold ring",  "small drum",
                                                 "warm coat",   "yellow lamp", "toy train",  "long rope"};
constexpr std::array<const char*, 10> kPlaces = {"garden", "forest", "village", "park", "kitchen",
                                                 "attic",  "field",  "harbour", "barn", "school"};
constexpr std::array<const char*, 8> kSpots = {"under a stone", "behind the door",  "in a tall tree",
                                               "near the well", "beside a bench",   "inside a box",
                                               "on the roof",   "in the long grass"};
constexpr std::array<const char*, 6> kDays = {"One morning",    "One evening",    "On a sunny day",
                                              "On a rainy day", "One winter day", "After lunch"};
constexpr std::array<const char*, 6> kMoods = {"sad", "worried", "curious", "tired", "brave", "quiet"};
constexpr std::array<const char*, 6> kGifts = {"an apple", "some bread", "a big smile", "a song", "a cake", "a flower"};

struct Slot {
  std::string_view name;
  Words words;
};
constexpr std::array<Slot, 8> kSlots = {{{"{name}", kNames},
                                         {"{animal}", kAnimals},
                                         {"{thing}", kThings},
                                         {"{place}", kPlaces},
                                         {"{spot}", kSpots},
                                         {"{day}", kDays},
                                         {"{mood}", kMoods},
                                         {"{gift}", kGifts}}};

constexpr std::array<const char*, 3> kForms = {
    "{day} {name} went to the {place} with a {thing}. There {name} fell asleep, and the {thing} was gone. {name} was "
    "{mood} "
    "and looked everywhere. Then a {animal} came and asked what was wrong. The {animal} found the {thing} {spot}. "
    "{name} "
    "thanked the {animal} and gave it {gift}.",
    "Once there was a {animal} who lived in the {place}. {day} the {animal} found a {thing} {spot}. The {animal} was "
    "{mood} "
    "and asked whose it was. {name} came by and said that the {thing} was lost. So the {animal} gave the {thing} back "
    "to "
    "{name}. {name} brought the {animal} {gift}, and they became friends.",
    "{name} had a {animal} that could not find the way home from the {place}. {day} {name} took a {thing} and went to "
    "look "
    "for it. The {animal} was {mood} and sat {spot}. It heard {name} call and came out. {name} let the {animal} play "
    "with "
    "the {thing}. At home {name} and the {animal} shared {gift}."};

}  // namespace

std::int64_t story_count() {
  std::int64_t count = static_cast<std::int64_t>(kForms.size());
  for (const Slot& slot : kSlots) count *= static_cast<std::int64_t>(slot.words.size());
  return count;
}

std::string story_text(std::int64_t item) {
  const auto take = [&](std::size_t choices) {
    const auto chosen = static_cast<std::size_t>(item % static_cast<std::int64_t>(choices));
    item /= static_cast<std::int64_t>(choices);
    return chosen;
  };
  std::string text = kForms[take(kForms.size())];
  for (const Slot& slot : kSlots) {
    const std::string_view word = slot.words[take(slot.words.size())];
    for (std::size_t at = 0; (at = text.find(slot.name, at)) != std::string::npos; at += word.size()) {
      text.replace(at, slot.name.size(), word);
    }
  }
  return text;
}

}  // namespace samples
