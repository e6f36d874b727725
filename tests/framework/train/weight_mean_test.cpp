// The running mean of the weights: what is saved follows its formula, and training does not notice.
#include <boost/test/unit_test.hpp>

#include "framework/train/tiny.hpp"
#include "strata/checkpoint/run_folder.hpp"
#include "strata/checkpoint/safetensors.hpp"

using namespace strata_test;

namespace {

// All values of a file whose names begin with `prefix`, in order of the names.
std::vector<double> values(const std::string& path, const std::string& prefix) {
  const SafetensorsFile file(path);
  std::vector<double> out;
  for (const auto& entry : file.entries()) {
    if (entry.name.rfind(prefix, 0) != 0) continue;
    const std::vector<double> own = file.read(entry).to_doubles();
    out.insert(out.end(), own.begin(), own.end());
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(weight_mean)

BOOST_AUTO_TEST_CASE(the_mean_is_saved_and_the_weights_train_on) {
  constexpr double kDecay = 0.3;
  const TinyTask task;
  const std::string settings = R"("max_updates": 6, "checkpoint_every": 1, "keep_checkpoints": 0)";
  TinyTask::train(task.recipe("{" + settings + R"(, "ema": 0.3})"), task.run_path());
  TinyTask::train(task.recipe("{" + settings + "}"), task.run_path("plain"));
  double worst = 0;
  std::vector<double> mean;
  for (int t = 1; t <= 6; ++t) {
    const std::string folder = "/checkpoint-" + std::to_string(t) + "/";
    const auto trained = values(task.run_path() + folder + "optimizer.safetensors", "trained.");
    const auto plain = values(task.run_path("plain") + folder + "model.safetensors", "");
    const auto saved = values(task.run_path() + folder + "model.safetensors", "");
    BOOST_TEST(trained == plain, boost::test_tools::per_element());
    const double d = std::min(kDecay, (1.0 + t) / (10.0 + t));
    for (std::size_t i = 0; i < mean.size(); ++i) {
      mean[i] = d * mean[i] + (1 - d) * trained[i];
      worst = std::max(worst, std::abs(mean[i] - saved[i]));
    }
    if (mean.empty()) mean = saved;
  }
  BOOST_TEST_MESSAGE("largest difference " << worst << ", tolerance 1e-6");
  BOOST_TEST(!mean.empty());
  BOOST_TEST(worst < 1e-6);
}

BOOST_AUTO_TEST_SUITE_END()
