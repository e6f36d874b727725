// Answerer: its defaults.
#include "strata/model/answerer.hpp"

namespace strata {

Answerer::~Answerer() = default;

std::vector<FieldInfo> Answerer::fields() const {
  return feed_ == nullptr ? std::vector<FieldInfo>() : feed_->input_fields();
}

std::int64_t Answerer::chunk() const { return 256; }
std::vector<std::string> Answerer::warnings() const { return {}; }

}  // namespace strata
