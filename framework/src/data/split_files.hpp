// SplitFiles: which file (or prefix of files) each split of a recipe is.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace strata {

// The part of their Options that file datasets share.
struct SplitOptions {
  std::string train, valid, test;
  std::vector<std::string> splits;

  void visit(auto& option) {
    option("train", train, "path of the training split; $NAME in it is replaced by the environment variable NAME");
    option("valid", valid, "path of the validation split");
    option("test", test, "path of the test split");
    option("splits", splits, "paths of further splits, each as NAME=PATH");
  }
};

class SplitFiles {
 public:
  // `dataset` names the component in errors. Throws E_DATA_SPLIT when no split is given, one is given twice or is not
  // NAME=PATH; E_CONFIG_ENVIRONMENT.
  SplitFiles(const SplitOptions& options, std::string dataset);

  std::vector<std::string> names() const;
  // Path of a split. A name that the recipe lacks is looked for beside the training split (train's folder and file
  // extension) and taken when `exists` says so. Throws E_DATA_SPLIT with the known names.
  std::string path(std::string_view name, const std::function<bool(const std::string&)>& exists,
                   bool keep_extension) const;
  // "[parallel] split train"
  std::string place(std::string_view name) const;

 private:
  std::string dataset_;
  std::vector<std::pair<std::string, std::string>> files_;
};

}  // namespace strata
