// Rows and comparisons.
#include "check/checks.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <latch>
#include <system_error>
#include <thread>

#include "check/progress.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/core/error.hpp"
#include "strata/core/rng.hpp"
#include "strata/nn/layer.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/matmul.hpp"
#include "strata/ops/shape.hpp"

namespace strata::detail {
namespace {

const CheckProgress* progress = nullptr;

}  // namespace

void set_check_progress(const CheckProgress* given) { progress = given; }
const CheckProgress* check_progress() { return progress; }

bool Checks::begins(const std::string& name) { return progress == nullptr || progress->begins(name); }

void Checks::add(CheckRow row) {
  if (progress != nullptr) progress->ends(row);
  rows_.push_back(std::move(row));
}

void Checks::run(const std::string& name, CheckRow::Verdict fine, const std::function<std::string()>& body) {
  if (!begins(name)) return;
  const ContextScope scope;
  CheckRow row{name, CheckRow::Verdict::failed, {}};
  try {
    row.detail = body();
    row.verdict = fine;
  } catch (const CheckFailed& failure) {
    row.detail = failure.detail;
  } catch (const std::exception& fault) {
    row.detail = printable(fault.what());
  } catch (...) {
    row.detail = "it threw something that is no exception class";
  }
  add(std::move(row));
}

void Checks::property(const std::string& name, const std::function<std::string()>& body) {
  run(name, CheckRow::Verdict::passed, body);
}

void Checks::measure(const std::string& name, const std::function<std::string()>& body) {
  run(name, CheckRow::Verdict::measured, body);
}

void Checks::skip(const std::string& name, const std::string& reason) {
  if (begins(name)) add({name, CheckRow::Verdict::skipped, reason});
}

Scratch::Scratch() {
  std::error_code fault;
  const std::filesystem::path parent = std::filesystem::temp_directory_path(fault);
  path_ = (parent / "strata-check-XXXXXX").string();
  if (!fault && mkdtemp(path_.data()) != nullptr) return;
  const std::string reason = fault ? fault.message() : std::strerror(errno);
  throw Error("E_IO_WRITE", path_, "no folder can be made there: " + reason,
              "TMPDIR names the folder for temporary files");
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string difference_text(double worst, double tolerance) {
  return fmt::format("largest difference {:.1e}, tolerance {:g}", worst, tolerance);
}

namespace {

void require_shape(const Tensor& got, const Tensor& expected, const std::string& what) {
  if (!got.defined()) throw CheckFailed{what + ": there is no result"};
  if (got.shape() == expected.shape()) return;
  throw CheckFailed{what + ": the shape is " + got.shape().str() + ", not " + expected.shape().str()};
}

}  // namespace

double require_close(const Tensor& got, const Tensor& expected, double tolerance, const std::string& what) {
  require_shape(got, expected, what);
  const std::vector<double> a = got.to_doubles(), b = expected.to_doubles();
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double apart = std::abs(a[i] - b[i]) / std::max(1.0, std::abs(b[i]));
    if (!(apart <= tolerance)) {
      throw CheckFailed{fmt::format("{}: element {} of {} is {:g}, not {:g} (tolerance {:g})", what, i,
                                    got.shape().str(), a[i], b[i], tolerance)};
    }
    worst = std::max(worst, apart);
  }
  return worst;
}

void require_same(const Tensor& got, const Tensor& expected, const std::string& what) {
  require_shape(got, expected, what);
  const std::vector<double> a = got.to_doubles(), b = expected.to_doubles();
  if (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0) return;
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  throw CheckFailed{fmt::format("{}: largest difference {:.1e}, where the same bits are wanted", what, worst)};
}

void require_finite(const Tensor& got, const std::string& what) {
  for (const double value : got.to_doubles()) {
    if (!std::isfinite(value)) throw CheckFailed{fmt::format("{}: a value is {}", what, value)};
  }
}

std::string require_error(const std::function<void()>& call, std::initializer_list<std::string_view> codes,
                          const std::string& what) {
  try {
    call();
  } catch (const Error& fault) {
    for (const std::string_view code : codes) {
      if (fault.code().starts_with(code)) return fault.code();
    }
    throw CheckFailed{what + ": " + fault.what() + "; wanted is " + std::string(*codes.begin())};
  }
  throw CheckFailed{what + ": nothing is thrown, wanted is " + std::string(*codes.begin())};
}

void at_once(int count, const std::function<void(int)>& body) {
  std::latch start(count);
  std::vector<std::exception_ptr> faults(static_cast<std::size_t>(count));
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      try {
        body(i);
      } catch (...) {
        faults[static_cast<std::size_t>(i)] = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& fault : faults) {
    if (fault != nullptr) std::rethrow_exception(fault);
  }
}

Tensor random_input(const Shape& shape, std::int64_t seed, const std::string& name, DType dtype) {
  Rng random(static_cast<std::uint64_t>(seed), "check/" + name);
  std::vector<double> values(static_cast<std::size_t>(shape.numel()));
  for (double& value : values) value = random.normal();
  if (dtype == DType::f64) return Tensor::from(values, shape);
  std::vector<float> narrow(values.begin(), values.end());
  return Tensor::from(narrow, shape);
}

std::string check_gradients(const Layer& layer, const Tensors& inputs,
                            const std::function<Tensors(std::span<const Tensor>)>& function, std::int64_t seed) {
  constexpr double kTolerance = 1e-6;
  constexpr std::int64_t kEach = 1024, kDirections = 8;  // larger parameters are moved along random directions
  const std::vector<NamedParameter> parameters = layer.parameters();
  Tensors leaves = inputs;
  for (Tensor& leaf : leaves) leaf.require_grad();
  Tensors own, directions;  // [kDirections, elements], or undefined where each element is moved
  for (const NamedParameter& one : parameters) {
    const Tensor& value = one.parameter.value();
    const bool large = value.numel() > kEach;
    own.push_back(value);
    // Of length one: a longer step crosses the kinks of relu.
    directions.push_back(large ? random_input({kDirections, value.numel()}, seed, one.name, DType::f64) *
                                     (1 / std::sqrt(static_cast<double>(value.numel())))
                               : Tensor());
    leaves.push_back(large ? Tensor::zeros({1, kDirections}, DType::f64).require_grad() : value);
  }
  const auto with_parameters = [&](std::span<const Tensor> values) {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const Tensor& given = values[inputs.size() + i];
      parameters[i].parameter.state().value =
          directions[i].defined() ? own[i].detach() + reshape(matmul(given, directions[i]), own[i].shape()) : given;
    }
    return function(values.first(inputs.size()));
  };
  const GradcheckReport report = gradcheck(with_parameters, leaves, kTolerance, static_cast<std::uint64_t>(seed));
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].parameter.state().value = own[i];
  if (!report.passed) {
    throw CheckFailed{fmt::format("backward and central differences are {:.1e} apart (tolerance {:g}): {}",
                                  report.worst, kTolerance, report.message)};
  }
  return fmt::format("{} inputs and parameters: {}", leaves.size(), difference_text(report.worst, kTolerance));
}

std::string check_leak(const std::function<void()>& call) {
  constexpr int kWarm = 20, kCalls = 40;
  constexpr double kMost = 256;  // KiB
  const auto mapped = [] {       // of the whole address space, so that memory that is never touched counts, too
    std::int64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
  };
  for (int i = 0; i < kWarm; ++i) call();
  const double before = mapped();
  for (int i = 0; i < kCalls; ++i) call();
  const double growth = (mapped() - before) / kCalls;
  if (growth > kMost) {
    throw CheckFailed{fmt::format("the process grows by {:.0f} KiB a call (at most {:.0f})", growth, kMost)};
  }
  return fmt::format("{:.0f} KiB a call, at most {:.0f}", growth, kMost);
}

}  // namespace strata::detail
