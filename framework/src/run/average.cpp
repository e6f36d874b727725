// average_checkpoints.
#include "strata/run/average.hpp"

#include "strata/checkpoint/checkpoint.hpp"
#include "strata/checkpoint/output_folder.hpp"
#include "strata/checkpoint/run_folder.hpp"
#include "strata/core/error.hpp"
#include "strata/model/model.hpp"
#include "strata/nn/quantize.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/update.hpp"
#include "strata/run/load_ensemble.hpp"
#include "strata/tensor/context.hpp"

namespace strata {

std::vector<std::string> checkpoints_to_average(const std::string& path, std::int64_t last) {
  const RunFolder run(path);
  const std::vector<std::int64_t> all = run.checkpoints();
  if (all.empty()) return {find_checkpoint(path)};
  if (static_cast<std::int64_t>(all.size()) < last) {
    throw Error(
        "E_CHECKPOINT_COUNT", path,
        std::to_string(all.size()) + " checkpoints are there, the last " + std::to_string(last) + " are asked for",
        "train/keep_checkpoints says how many stay");
  }
  std::vector<std::string> folders;
  for (std::size_t i = all.size() - static_cast<std::size_t>(last); i < all.size(); ++i) {
    folders.push_back(run.checkpoint(all[i]));
  }
  return folders;
}

void average_checkpoints(std::span<const std::string> folders, const std::string& output, const Host& host) {
  if (folders.empty()) throw Error("E_USAGE", "average", "no checkpoint is given");
  require_output_folder(output);  // known before minutes of work
  const ContextScope scope;
  const LoadedModel kept = load_model(folders.back(), "best", host);
  const std::vector<NamedParameter> parameters = kept.model->saved();
  require_whole(parameters, kept.folder);
  Tensors sums;
  for (const NamedParameter& one : parameters) sums.push_back(cast(one.parameter.value().detach(), DType::f64));
  for (const std::string& folder : folders.first(folders.size() - 1)) {
    const std::string found = find_checkpoint(folder);
    verify_checkpoint(found, Verify::model);
    require_same_vocabulary(found, load_tokenizers(kept.recipe, found, host.registry), kept);
    load_parameters(found + "/model.safetensors", parameters);
    require_whole(parameters, found);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      add_in_place(sums[i], cast(parameters[i].parameter.value().detach(), DType::f64));
    }
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    copy_into(parameters[i].parameter.value(), sums[i] / static_cast<double>(folders.size()));
  }
  save_model(kept, output);
}

}  // namespace strata
