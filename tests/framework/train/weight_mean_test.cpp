// The running mean of the weights: what is saved follows its formula bit for bit, training does not notice, and an
// update that is skipped moves nothing.
#include <boost/test/unit_test.hpp>

#include "framework/train/tiny.hpp"
#include "strata/checkpoint/run_folder.hpp"
#include "strata/checkpoint/safetensors.hpp"
#include "strata/run/recipe.hpp"
#include "strata/train/trainer.hpp"

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

std::string checkpoint(const std::string& run, int update) {
  return run + "/checkpoint-" + std::to_string(update) + "/";
}
std::vector<double> mean_of(const std::string& run, int update) {
  return values(checkpoint(run, update) + "model.safetensors", "");
}
std::vector<double> trained_of(const std::string& run, int update) {
  return values(checkpoint(run, update) + "optimizer.safetensors", "trained.");
}

// mean = d mean + (1 - d) trained, in the precision of the weights.
void follow(std::vector<double>& mean, const std::vector<double>& trained, double d) {
  for (std::size_t i = 0; i < mean.size(); ++i) {
    const float kept = static_cast<float>(d) * static_cast<float>(mean[i]);
    const float taken = static_cast<float>(1 - d) * static_cast<float>(trained[i]);
    mean[i] = static_cast<double>(kept + taken);
  }
}

// TinyModel, whose loss is finite in one update while a gradient is none.
class StumblingModel final : public Model {
 public:
  struct Options {
    std::int64_t at = 0;
    void visit(auto& option) { option("at", at, "forward pass of training that does so").min(0); }
  };
  StumblingModel(const Options& options, const Facts& facts) : at_(options.at), tiny_({}, facts) {
    child("tiny", tiny_);
    edge_ = parameter("edge", {3}, Init::ones());
  }
  Loss loss(const TensorBatch& batch, const LossOptions& options) override {
    Loss out = tiny_.loss(batch, options);
    // The root has an infinite slope at 0.
    if (context().training && ++calls_ == at_) out.sum = out.sum + sqrt(sum(edge_.value() * 0.0));
    return out;
  }

 private:
  std::int64_t at_, calls_ = 0;
  TinyModel tiny_;
  Parameter edge_;
};

// What train_run does, in f16 on the CPU, which train_run refuses.
void train_in_f16(const Config& recipe, const TinyTask& task, const std::string& output, Observer& observer) {
  const CompleteRecipe complete = complete_recipe(recipe, default_registry(), nullptr);
  const Recipe& chosen = complete.options;
  const ContextScope scope;
  context().compute = DType::f16;
  TrainJob job;
  job.communicator = chosen.communicator.make();
  job.folder = std::make_shared<RunFolder>(output);
  job.folder->open_for_training();
  job.dataset = chosen.data.make();
  job.tokenizers = make_tokenizers({"source", "target"}, [&] { return chosen.tokenizer.make(); });
  for (const char* side : {"source", "target"}) {
    std::ifstream file(task.path(std::string("train.") + side));
    job.tokenizers[side].train([&](std::string& line) { return static_cast<bool>(std::getline(file, line)); });
  }
  job.model = chosen.model.make({pair_sizes(job.tokenizers["source"].size(), job.tokenizers["target"].size())});
  job.feed = [&](const std::string& split, bool training) {
    Feed::Facts facts;
    facts.dataset = job.dataset;
    facts.split = split;
    facts.training = training;
    facts.tokenizers = job.tokenizers;
    facts.seed = job.seed;
    return chosen.feed.make(facts);
  };
  job.model->materialise(7);
  job.recipe = complete.complete;
  job.seed = 7;
  job.observer = &observer;
  (void)chosen.train.make({"train"})->run(job);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(weight_mean)

BOOST_AUTO_TEST_CASE(the_mean_is_saved_and_the_weights_train_on) {
  constexpr double kDecay = 0.3;
  const TinyTask task;
  const std::string settings = R"("max_updates": 6, "checkpoint_every": 1, "keep_checkpoints": 0)";
  TinyTask::train(task.recipe("{" + settings + R"(, "ema": 0.3})"), task.run_path());
  TinyTask::train(task.recipe("{" + settings + "}"), task.run_path("plain"));
  std::vector<double> mean;
  for (int t = 1; t <= 6; ++t) {
    const std::vector<double> trained = trained_of(task.run_path(), t), saved = mean_of(task.run_path(), t);
    BOOST_TEST(trained == mean_of(task.run_path("plain"), t), boost::test_tools::per_element());
    follow(mean, trained, std::min(kDecay, (1.0 + t) / (10.0 + t)));
    if (mean.empty()) mean = saved;
    BOOST_TEST((mean == saved), "update " << t);
  }
  BOOST_TEST(!mean.empty());
}

BOOST_AUTO_TEST_CASE(an_update_that_is_skipped_in_f16_moves_nothing) {
  constexpr int kStumbles = 3;
  static const bool once = (default_registry().add<Model, StumblingModel>("tiny_stumbles", "of the tests"), true);
  (void)once;
  const TinyTask task;
  Config recipe = task.recipe(R"({"max_updates": 5, "checkpoint_every": 1, "keep_checkpoints": 0, "ema": 0.3})");
  recipe.put("model", Config::object({{"type", "tiny_stumbles"}, {"at", kStumbles}}));
  Recorder recorder;
  train_in_f16(recipe, task, task.run_path(), recorder);
  const auto skips = [](const std::string& line) { return line.find("a gradient is beyond f16") != std::string::npos; };
  BOOST_TEST(std::count_if(recorder.messages.begin(), recorder.messages.end(), skips) == 1);
  std::vector<double> mean = mean_of(task.run_path(), 1);
  for (int t = 2; t <= 5; ++t) {
    const std::vector<double> trained = trained_of(task.run_path(), t);
    BOOST_TEST((trained == trained_of(task.run_path(), t - 1)) == (t == kStumbles), "update " << t);
    if (t != kStumbles) follow(mean, trained, std::min(0.3, (1.0 + t) / (10.0 + t)));
    BOOST_TEST((mean_of(task.run_path(), t) == mean), "update " << t);
  }
}

BOOST_AUTO_TEST_SUITE_END()
