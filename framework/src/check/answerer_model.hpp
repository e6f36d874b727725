// An untrained model that an answerer fits, with a feed and examples for it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "strata/check/check.hpp"
#include "strata/model/answerer.hpp"

namespace strata::detail {

struct AnswererModel {
  std::string name;  // "bag_of_words on samples", for messages
  Answerer::Facts facts;
  std::shared_ptr<const Dataset> dataset;
  std::string split;
};

// Tries the models of the registry with their default options, those of loaded plugins first, each on the data of
// CheckOptions::dataset or on small data that its feed accepts. Its `facts.model` is null when none fits; then `name`
// says what was tried.
AnswererModel find_model(const Answerer::Traits& traits, const CheckOptions& options, Registry& registry);

// Returns `count` examples with the given fields: those of the data with the same name and kind, or else any of the
// same kind and shape. Throws E_DATA_FIELD when there is none.
std::vector<Example> examples_for(const AnswererModel& found, const std::vector<FieldInfo>& fields, std::size_t count);

}  // namespace strata::detail
