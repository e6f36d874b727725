// The registration of the built-in answerers, each in the file of its name: answer_translate.cpp, ...
#pragma once

namespace strata {
class Registry;
}

namespace strata::detail {

void register_translate(Registry& registry);
void register_classify(Registry& registry);
void register_generate(Registry& registry);
void register_logprobs(Registry& registry);

}  // namespace strata::detail
