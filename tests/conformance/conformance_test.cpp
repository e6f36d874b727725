// Every op x backend x dtype x memory layout against the float64 oracle, forward and backward; the oracle's gradients
// against finite differences. Prints what is supported where.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <iomanip>
#include <map>
#include <set>
#include <sstream>

#include "conformance/harness.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/autograd/context.hpp"
#include "strata/device/kernels.hpp"
#include "strata/plugin/host.hpp"

using namespace strata;
using namespace conformance;

namespace {

// The backends come through the same door as for a user.
struct Backends {
  Backends() {
    static PluginHost host;
    const std::string file = std::string(STRATA_BINARY_DIR) + "/lib/strata/plugins/onednn.so";
    if (std::filesystem::exists(file)) {
      BOOST_TEST_MESSAGE("backend " << host.load(file).name << " from " << file);
    } else {
      BOOST_TEST_MESSAGE("skip: the oneDNN backend is not built");
    }
  }
};

// Who can serve an op on the CPU, the oracle aside.
std::vector<std::string> providers_of(const Op& op) {
  if (op.view != nullptr) return {"view"};
  std::vector<std::string> providers;
  for (const KernelRow& row : all_kernels()) {
    const bool known = std::find(providers.begin(), providers.end(), row.provider) != providers.end();
    if (row.op == std::string_view(op.name) && row.device == std::string_view("cpu") &&
        row.provider != std::string_view("reference") && !known) {
      providers.emplace_back(row.provider);
    }
  }
  if (op.compose != nullptr) providers.emplace_back("composition");
  if (op.compose != nullptr && op.vjp != nullptr) providers.emplace_back("vjp");
  return providers;
}

std::vector<DType> dtypes_of(const Case& one) {
  if (!has_data(one)) return {DType::i64};  // stands for the types that the inputs have
  return {DType::f64, DType::f32, DType::f16, DType::bf16};
}

struct Tally {
  int ran = 0, unsupported = 0;
  double worst = 0;
};
// (op, provider) -> dtype -> what happened; and how gradients came about.
struct Row {
  std::map<DType, Tally> by_dtype;
  std::set<std::string> backward_by;
};
using Table = std::map<std::pair<std::string, std::string>, Row>;

std::string cell(const Row& row, DType dtype) {
  const auto found = row.by_dtype.find(dtype);
  if (found == row.by_dtype.end()) return ".";
  const Tally& tally = found->second;
  if (tally.ran == 0) return "-";
  std::ostringstream text;
  text << tally.ran;
  if (tally.unsupported > 0) text << "/" << tally.ran + tally.unsupported;
  text << " " << std::fixed << std::setprecision(2) << tally.worst;
  return text.str();
}

void print(const Table& table) {
  std::ostringstream out;
  int ran = 0, unsupported = 0;
  out << "Runs per op, backend and dtype (of how many, where some were refused), largest difference as a share of the "
         "allowed one; - not supported, . nothing to test; int: integer and bool inputs\n";
  const std::pair<DType, const char*> columns[] = {
      {DType::f64, "f64"}, {DType::f32, "f32"}, {DType::f16, "f16"}, {DType::bf16, "bf16"}, {DType::i64, "int"}};
  out << std::left << std::setw(18) << "op" << std::setw(14) << "backend";
  for (const auto& [dtype, name] : columns) out << std::setw(13) << name;
  out << "backward\n";
  for (const auto& [key, row] : table) {
    out << std::setw(18) << key.first << std::setw(14) << key.second;
    for (const auto& [dtype, name] : columns) out << std::setw(13) << cell(row, dtype);
    for (const std::string& by : row.backward_by) out << by << " ";
    out << "\n";
    for (const auto& [dtype, tally] : row.by_dtype) {
      ran += tally.ran;
      unsupported += tally.unsupported;
    }
  }
  BOOST_TEST_MESSAGE(out.str() << ran << " runs, " << unsupported
                               << " not run because the backend does not support them");
}

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(Backends);

BOOST_AUTO_TEST_SUITE(conformance_table)

BOOST_AUTO_TEST_CASE(every_op_has_a_case) {
  std::set<std::string> covered;
  for (const Case& one : all_cases()) {
    BOOST_TEST((find_op(one.op) != nullptr), "a case for an op that does not exist: " << one.op);
    covered.insert(one.op);
  }
  for (const Op* op : all_ops()) BOOST_TEST(covered.contains(op->name), "no conformance case for op " << op->name);
  BOOST_TEST_MESSAGE(all_ops().size() << " ops, " << all_cases().size() << " cases");
}

BOOST_AUTO_TEST_CASE(every_op_has_an_oracle) {
  for (const Op* op : all_ops()) {
    if (op->view != nullptr) continue;
    bool found = false;
    for (const KernelRow* row : kernels_for("cpu", op->name))
      found = found || row->provider == std::string_view("reference");
    BOOST_TEST(found, "no reference kernel for op " << op->name);
  }
}

BOOST_AUTO_TEST_CASE(gradients_of_the_oracle_against_differences) {
  double worst = 0;
  int checked = 0;
  for (const Case& one : all_cases()) {
    const Op* op = find_op(one.op);
    if (op == nullptr || !op->differentiable || !one.differences || !has_data(one)) continue;
    Tensors inputs;
    for (const Input& input : one.inputs) {
      inputs.push_back(input.value);
      if (input.value.defined() && input.kind != Kind::fixed) inputs.back() = inputs.back().detach().require_grad();
    }
    const ContextScope scope;
    context().kernels = {{"*", "reference"}};
    const auto report = gradcheck([&](std::span<const Tensor> in) { return one.run(in, DType::f64); }, inputs, 1e-7);
    BOOST_TEST(report.passed, one.op << ", " << one.title << ": " << report.message);
    worst = std::max(worst, report.worst);
    ++checked;
  }
  BOOST_TEST_MESSAGE(checked << " cases, largest difference " << worst << ", tolerance 1e-7");
}

BOOST_AUTO_TEST_CASE(every_backend_against_the_oracle) {
  Table table;
  for (const Case& one : all_cases()) {
    const Op* op = find_op(one.op);
    if (op == nullptr) continue;
    for (const DType dtype : dtypes_of(one)) {
      std::optional<Run> expected;
      if (op->view == nullptr) {
        expected = run_case(one, "reference", dtype, Layout::dense);
        BOOST_TEST(expected->forward_by == "reference",
                   one.op << ", " << one.title << " is served by " << expected->forward_by);
      }
      for (const std::string& provider : providers_of(*op)) {
        Row& row = table[{one.op, provider}];
        for (const Layout layout : {Layout::dense, Layout::padded, Layout::swapped}) {
          const std::string title = std::string(one.op) + ", " + one.title + ", " + provider + ", " +
                                    strata::name_of(dtype) + ", " + conformance::name_of(layout);
          BOOST_TEST_CONTEXT(title) {
            const std::optional<Run> got = run_case(one, provider, dtype, layout);
            Tally& tally = row.by_dtype[dtype];
            if (!got.has_value()) {
              ++tally.unsupported;
              continue;
            }
            if (got->forward_by.empty() && layout != Layout::dense) continue;  // a copy of what is dense already
            ++tally.ran;
            BOOST_TEST(got->forward_by == (provider == "vjp" ? "reference" : provider),
                       "served by " << got->forward_by);
            if (!got->backward_by.empty()) row.backward_by.insert(got->backward_by);
            for (std::size_t i = 0; i < one.expected.size(); ++i) {
              BOOST_TEST((got->outputs[i].values == one.expected[i]), "output " << i << " of a view");
            }
            if (!expected.has_value()) continue;
            const Difference difference = compare(one, dtype, *got, *expected);
            BOOST_TEST(difference.share <= 1, difference.message);
            tally.worst = std::max(tally.worst, difference.share);
          }
        }
      }
    }
  }
  print(table);
}

BOOST_AUTO_TEST_SUITE_END()
