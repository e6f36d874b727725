// Ops and kernels that a plugin stages: there once it is committed, refused by name when they cannot be, and never
// half.
#include "strata/plugin/register_ops.hpp"

#include "strata/device/kernels.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/tensor/context.hpp"
#include "throws.hpp"

using namespace strata;
using strata::test::check_throws;

namespace {

std::vector<TensorSpec> infer(const OpCall& call) { return {spec_of(call.inputs[0].dtype(), call.inputs[0].shape())}; }
Tensors twice(const OpCall& call) { return {call.inputs[0] + call.inputs[0]}; }
void seven(const KernelCall& call) { *call.outputs[0].as<float>() = 7; }

Op op_of(const char* name) { return {.name = name, .infer = infer, .compose = twice}; }
KernelRow row_of(const char* op, const char* provider) {
  return {"cpu", op, provider, 10, seven, nullptr, nullptr, nullptr, 0, 0, 0};
}
std::unique_ptr<Registry> begin(Registry& registry, const std::string& file) {
  return registry.begin({.name = file, .version = "1", .file = file, .sha256 = ""});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stage)

BOOST_AUTO_TEST_CASE(an_op_and_its_kernel_come_with_the_commit) {
  Registry registry;
  const auto staged = begin(registry, "/a.so");
  std::string name = "stage_test_twice";
  const Op op = op_of(name.c_str());
  const KernelRow rows[] = {row_of("stage_test_twice", "seven")};
  register_op(*staged, op);
  register_kernels(*staged, rows);
  BOOST_TEST(find_op("stage_test_twice") == nullptr);
  BOOST_TEST(kernels_for("cpu", "stage_test_twice").empty());
  registry.commit(*staged);
  BOOST_REQUIRE(find_op("stage_test_twice") != nullptr);
  name.assign(name.size(), 'x');  // the table has a copy of it
  BOOST_TEST(find_op("stage_test_twice")->name == std::string("stage_test_twice"));
  std::vector<std::string> keys;
  for (const Extension& extension : registry.extensions()) keys.push_back(extension.key);
  BOOST_TEST(keys == (std::vector<std::string>{"ops/stage_test_twice", "own-kernels/cpu/seven"}),
             boost::test_tools::per_element());
  const Tensor x = Tensor::full({1}, 2);
  BOOST_TEST(apply_one(*find_op("stage_test_twice"), {x}).item() == 7);
  const ContextScope scope;
  context().kernels["stage_test_twice"] = "composition";
  BOOST_TEST(apply_one(*find_op("stage_test_twice"), {x}).item() == 4);
}

BOOST_AUTO_TEST_CASE(a_name_is_taken_once_and_nothing_of_the_second_stays) {
  Registry registry;
  const auto first = begin(registry, "/a.so");
  register_op(*first, op_of("stage_test_taken"));
  registry.commit(*first);
  const auto second = begin(registry, "/b.so");
  register_op(*second, op_of("stage_test_not_taken"));
  register_op(*second, op_of("stage_test_taken"));
  check_throws([&] { registry.commit(*second); }, "E_PLUGIN_DUPLICATE", "/b.so",
               "ops/stage_test_taken is already registered by /a.so");
  BOOST_TEST(find_op("stage_test_not_taken") == nullptr);
  // One of libstrata's own, and one that came by another registry of this process.
  for (const char* name : {"add", "stage_test_taken"}) {
    Registry other;
    const auto third = begin(other, "/c.so");
    register_op(*third, op_of(name));
    check_throws([&] { other.commit(*third); }, "E_PLUGIN_DUPLICATE", "/c.so", name);
    BOOST_TEST(other.extensions().empty());
  }
  const auto fourth = begin(registry, "/d.so");
  register_op(*fourth, op_of("stage_test_fourth"));
  check_throws([&] { register_op(*fourth, op_of("stage_test_fourth")); }, "E_PLUGIN_DUPLICATE", "/d.so");
}

BOOST_AUTO_TEST_CASE(what_could_never_run_is_refused) {
  Registry registry;
  const auto staged = begin(registry, "/a.so");
  check_throws([&] { register_op(*staged, {.name = "stage_test_bare", .infer = nullptr}); }, "E_PLUGIN_REGISTER",
               "/a.so", "stage_test_bare has no infer");
  check_throws([&] { register_op(*staged, {.name = "", .infer = infer}); }, "E_PLUGIN_REGISTER", "/a.so", "no name");
  KernelRow rows[] = {row_of("stage_test_bare", "p")};
  rows[0].forward = nullptr;
  check_throws([&] { register_kernels(*staged, rows); }, "E_PLUGIN_REGISTER", "/a.so",
               "stage_test_bare has no forward");
  rows[0] = row_of("stage_test_bare", nullptr);
  check_throws([&] { register_kernels(*staged, rows); }, "E_PLUGIN_REGISTER", "/a.so", "lacks a name");
}

BOOST_AUTO_TEST_SUITE_END()
