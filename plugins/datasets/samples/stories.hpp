// Short stories of our own making, for language models: a person, what they look for, who helps, how it ends.
#pragma once

#include <cstdint>
#include <string>

namespace samples {

// Number of different stories.
std::int64_t story_count();
// Story number `item` in [0, story_count()), no two of them with the same text: six sentences in ASCII, without a line
// end. Names and things come again later in a story, so that a model has to remember them.
std::string story_text(std::int64_t item);

}  // namespace samples
