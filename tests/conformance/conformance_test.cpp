// Every op x backend x dtype x memory layout against the float64 oracle, forward and backward; the oracle's gradients
// against finite differences. Prints what is supported where.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <iomanip>
#include <map>
#include <sstream>

#include "strata/check/conformance.hpp"
#include "strata/device/kernels.hpp"
#include "strata/plugin/host.hpp"

using namespace strata;

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

// (op, provider) -> what happened
using Table = std::map<std::pair<std::string, std::string>, Conformance>;

std::string cell(const Conformance& row, DType dtype) {
  const auto found = row.by_dtype.find(dtype);
  if (found == row.by_dtype.end()) return ".";
  const Conformance::Tally& tally = found->second;
  if (tally.ran == 0) return "-";
  std::ostringstream text;
  text << tally.ran;
  if (tally.refused > 0) text << "/" << tally.ran + tally.refused;
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
      unsupported += tally.refused;
    }
  }
  BOOST_TEST_MESSAGE(out.str() << ran << " runs, " << unsupported
                               << " not run because the backend does not support them");
}

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(Backends);

BOOST_AUTO_TEST_SUITE(conformance_table)

BOOST_AUTO_TEST_CASE(every_op_has_a_case) {
  const std::map<std::string, int> calls = conformance_calls();
  int total = 0;
  for (const auto& [op, count] : calls) {
    BOOST_TEST((find_op(op) != nullptr), "a case for an op that does not exist: " << op);
    total += count;
  }
  for (const Op* op : all_ops()) BOOST_TEST(calls.contains(op->name), "no conformance case for op " << op->name);
  BOOST_TEST_MESSAGE(all_ops().size() << " ops, " << total << " cases");
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
  double worst = 0, tolerance = 0;
  int checked = 0;
  for (const Op* op : all_ops()) {
    const OracleGradients found = check_oracle(*op);
    for (const std::string& failure : found.failures) BOOST_ERROR(op->name << ", " << failure);
    worst = std::max(worst, found.worst);
    tolerance = std::max(tolerance, found.tolerance);
    checked += found.calls;
  }
  BOOST_TEST(checked > 190);
  BOOST_TEST_MESSAGE(checked << " cases, largest difference " << worst << ", tolerance " << tolerance);
}

BOOST_AUTO_TEST_CASE(every_backend_against_the_oracle) {
  Table table;
  for (const Op* op : all_ops()) {
    for (Conformance& one : conform(*op, providers_of(*op))) {
      for (const std::string& failure : one.failures) BOOST_ERROR(op->name << ", " << one.provider << ", " << failure);
      BOOST_TEST(!one.by_dtype.empty());
      table.emplace(std::pair(std::string(op->name), one.provider), std::move(one));
    }
  }
  print(table);
}

BOOST_AUTO_TEST_SUITE_END()
