// What a resume carries over, record by record: each comes back with every field as it was.
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "strata/core/json.hpp"
#include "strata/tensor/context.hpp"
#include "throws.hpp"
#include "train/loss_scale.hpp"
#include "train/progress.hpp"

using namespace strata;
using detail::LossScale;
using detail::Progress;

BOOST_AUTO_TEST_SUITE(saved_state)

BOOST_AUTO_TEST_CASE(progress_with_every_field_a_value_of_its_own) {
  Progress progress;
  progress.update = 11;
  progress.epoch = 12;
  progress.position = 13;
  progress.sentences = 14;
  progress.target_tokens = 15;
  progress.elapsed_seconds = 16.1;
  progress.saved_epoch = 17;
  progress.validated_update = 18;
  progress.validated_epoch = 19;
  progress.validation_due = true;
  progress.stale = 20;
  progress.best_update = 21;
  progress.best = {{"loss", 0.1}, {"bleu", 22.5}};
  progress.data = {{"train", "ab"}, {"valid", "cd"}};
  const Config saved = parse_json(write_json(progress.to_config()), "trainer_state.json");
  BOOST_TEST((Progress::from_config(saved) == progress));
  BOOST_TEST((Progress::from_config(saved) != Progress()));
  // Each field is read: without it nothing is, except for the sums, which older states lack.
  for (const auto& [name, value] : saved.members()) {
    Config less = saved;
    less.erase(name);
    if (name == "data") {
      BOOST_TEST(Progress::from_config(less).data.empty());
    } else {
      strata::test::check_throws([&] { Progress::from_config(less); }, "E_CONFIG_MISSING",
                                 "trainer_state.json:/" + name);
    }
  }
  BOOST_TEST(saved.members().size() == 14U);
  progress.best["loss"] = std::nan("");  // no value yet
  BOOST_TEST(Progress::from_config(progress.to_config()).best.count("loss") == 0U);
}

// The factor doubles after 2,000 good updates, wherever the run was stopped among them.
BOOST_AUTO_TEST_CASE(loss_scale_after_1999_good_updates) {
  const ContextScope scope;
  const Tensor fine = Tensor::scalar(0, DType::f64), flaw = Tensor::scalar(std::nan(""), DType::f64);
  LossScale before;
  before.start(true);
  const double first = before.factor().item();
  for (int i = 0; i < 1999; ++i) before.update(fine);
  BOOST_TEST(before.factor().item() == first);
  std::vector<NamedTensor> saved, loaded;
  before.add_state(saved);
  LossScale after;
  after.start(true);
  after.add_state(loaded);
  BOOST_REQUIRE_EQUAL(saved.size(), loaded.size());
  for (std::size_t i = 0; i < saved.size(); ++i) {
    BOOST_TEST(saved[i].name == loaded[i].name);
    copy_into(loaded[i].value, saved[i].value);
  }
  after.update(fine);
  BOOST_TEST(after.factor().item() == 2 * first);
  for (int i = 0; i < 1999; ++i) after.update(fine);
  BOOST_TEST(after.factor().item() == 2 * first);
  after.update(flaw);
  BOOST_TEST(after.factor().item() == first);
  for (int i = 0; i < 1999; ++i) after.update(fine);
  BOOST_TEST(after.factor().item() == first);  // the flaw began the count anew
  after.update(fine);
  BOOST_TEST(after.factor().item() == 2 * first);
}

BOOST_AUTO_TEST_SUITE_END()
