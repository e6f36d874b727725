// The numbers of an update, by one thread each: what would be a chain of launches that each compute one number.
#include "kernels/element.hpp"
#include "kernels/rows.hpp"

namespace strata::cuda {
namespace {

// The next step t, and 1 - beta^t by the exponential function: a beta of 0 gives 1.
struct AdamBeginKernel {
  std::int64_t* step;
  double *first, *second;
  double log1, log2;  // of beta1, beta2
  STRATA_BOTH void operator()(std::int64_t) const {
    const std::int64_t t = *step + 1;
    *step = t;
    *first = 1 - exp(static_cast<double>(t) * log1);
    *second = 1 - exp(static_cast<double>(t) * log2);
  }
};

void adam_begin(const KernelCall& call) {
  const auto log_of = [&](const char* beta) { return std::log(call.attributes.number(beta)); };
  each(1, call.stream, "adam_begin",
       AdamBeginKernel{call.outputs[0].as<std::int64_t>(), call.outputs[1].as<double>(), call.outputs[2].as<double>(),
                       log_of("beta1"), log_of("beta2")});
}

// What is reported, and the factor of the gradients: 1 / weight, smaller where their norm is beyond the limit.
struct UpdateScaleKernel {
  Elements reported, objective, squared_norm, inverse, loss_scale;  // one number each
  bool scaled;                                                      // there is a loss_scale
  double limit;                                                     // 0: none
  double* report;
  float* scale;
  double* flaw;
  STRATA_BOTH void operator()(std::int64_t) const {
    const double by = inverse.load<double>(0), factor = scaled ? loss_scale.load<double>(0) : 1;
    const double norm = sqrt(squared_norm.load<double>(0)) / factor;
    report[0] = reported.load<double>(0);
    report[1] = objective.load<double>(0);
    report[2] = norm;
    const double none = report[0] * 0 + report[1] * 0 + norm * 0;
    double all = by / factor;
    if (limit > 0) {
      const double ratio = limit / (norm * by);
      all *= ratio >= 1 ? 1 : ratio;  // NaN stays NaN
    }
    *scale = static_cast<float>(all + none);
    *flaw = none;
  }
};

void update_scale(const KernelCall& call) {
  const View* const in = call.inputs;
  const bool scaled = call.input_count > 4 && in[4].present();
  each(1, call.stream, "update_scale",
       UpdateScaleKernel{elements_of(in[0]), elements_of(in[1]), elements_of(in[2]), elements_of(in[3]),
                         elements_of(in[scaled ? 4 : 3]), scaled, call.attributes.number("limit"),
                         call.outputs[0].as<double>(), call.outputs[1].as<float>(), call.outputs[2].as<double>()});
}

}  // namespace

void add_update_scalars(Rows& rows) {
  rows.push_back(row_of("adam_begin", adam_begin));
  rows.push_back(row_of("update_scale", update_scale));
}

}  // namespace strata::cuda
