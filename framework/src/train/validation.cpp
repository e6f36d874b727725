// validate(): batches in one fixed order; texts in blocks, so that a request to stop is heard.
#include "strata/train/validation.hpp"

#include <algorithm>
#include <string>

#include "strata/core/error.hpp"
#include "strata/core/interrupt.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/model/model.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

const LossPart& part_of(const Loss& loss, const Metric& metric) {
  for (const LossPart& part : loss.parts) {
    if (part.name == metric.part()) return part;
  }
  std::string known;
  for (const LossPart& part : loss.parts) known += (known.empty() ? "" : ", ") + part.name;
  throw Error("E_MODEL_CAPABILITY", std::string(metric.name()),
              "the model's loss has no part \"" + std::string(metric.part()) + "\" for this metric",
              "it has: " + known);
}

bool measure_sums(const ValidationJob& job, std::span<const std::shared_ptr<Metric>> metrics) {
  const Feed& feed = *job.feed;
  require_bytes(feed, metrics);
  const std::int64_t batches = in_plugin("batches()", feed, [&] { return feed.batches(0); });
  Tensors carry;
  for (std::int64_t position = 0; position < batches; ++position) {
    if (interrupted() != 0) return false;
    const Batch batch = in_plugin("batch()", feed, [&] { return feed.batch(0, position); });
    if (batch.size == 0) continue;
    TensorBatch tensors = to_tensors(batch);
    if (!batch.first) tensors.carry = carry;
    const Loss loss = in_plugin("loss()", job.model, [&] { return job.model.loss(tensors, {}); });
    carry = loss.carry;
    const double weight = in_plugin("weight()", job.model, [&] { return job.model.weight(batch); });
    for (const auto& metric : metrics) {
      if (metric->input() != Metric::Input::sums) continue;
      const LossPart& part = part_of(loss, *metric);
      const double count = metric->per() == Metric::Per::byte ? static_cast<double>(batch.bytes) : weight;
      in_plugin("add()", *metric, [&] { metric->add(part.sum.item(), count); });
    }
  }
  return true;
}

bool measure_texts(const ValidationJob& job, std::span<const std::shared_ptr<Metric>> metrics) {
  constexpr std::size_t kBlock = 512;
  const std::vector<TextPair>& texts = *job.texts;
  for (std::size_t begin = 0; begin < texts.size(); begin += kBlock) {
    if (interrupted() != 0) return false;
    const std::size_t end = std::min(texts.size(), begin + kBlock);
    std::vector<std::string> sources;
    for (std::size_t i = begin; i < end; ++i) sources.push_back(texts[i].source);
    const std::vector<std::string> outputs = (*job.translate)(sources);
    if (outputs.size() != sources.size()) {
      throw Error("E_INTERNAL", "[validate]",
                  std::to_string(outputs.size()) + " outputs for " + std::to_string(sources.size()) + " lines");
    }
    for (const auto& metric : metrics) {
      if (metric->input() != Metric::Input::text) continue;
      in_plugin("add()", *metric, [&] {
        for (std::size_t i = 0; i < outputs.size(); ++i) metric->add(outputs[i], texts[begin + i].target);
      });
    }
  }
  return true;
}

}  // namespace

std::vector<TextPair> read_text_pairs(const Dataset& dataset, const std::string& split, const Feed& feed) {
  std::string source, target;
  for (const VocabularyPlan& plan : feed.vocabularies()) {
    if (plan.name == "source") source = plan.fields.at(0);
    if (plan.name == "target") target = plan.fields.at(0);
  }
  if (source.empty() || target.empty()) {
    throw Error("E_CONFIG_METRIC", "split " + split,
                "metrics of texts need a source and a target text, which the feed lacks",
                "metrics of sums: loss, perplexity, accuracy");
  }
  const std::vector<FieldInfo> fields = dataset.fields();
  const std::size_t from = find_field(fields, source, FieldKind::text, "split " + split),
                    to = find_field(fields, target, FieldKind::text, "split " + split);
  const std::unique_ptr<ExampleReader> reader = in_plugin("open()", dataset, [&] { return dataset.open(split); });
  std::vector<TextPair> texts;
  for (Example one; in_plugin("next()", *reader, [&] { return reader->next(one); });) {
    texts.push_back({one.fields.at(from).text, one.fields.at(to).text, one.index});
  }
  return texts;
}

void require_bytes(const Feed& feed, std::span<const std::shared_ptr<Metric>> metrics) {
  for (const auto& metric : metrics) {
    if (metric->input() != Metric::Input::sums || metric->per() != Metric::Per::byte) continue;
    const std::int64_t bytes = in_plugin("batch()", feed, [&] { return feed.batch(0, 0).bytes; });
    if (bytes >= 0) continue;
    throw Error("E_CONFIG_METRIC", std::string(metric->name()),
                "is measured per byte, and the feed counts no bytes of text",
                "the feeds stream and packed do; metrics of other feeds: loss, perplexity, accuracy");
  }
}

bool validate(const ValidationJob& job, std::span<const std::shared_ptr<Metric>> metrics) {
  const ContextScope scope;
  context().recording = false;
  context().training = false;
  bool sums = false, texts = false;
  for (const auto& metric : metrics) {
    metric->reset();
    (metric->input() == Metric::Input::sums ? sums : texts) = true;
  }
  return (!sums || measure_sums(job, metrics)) && (!texts || measure_texts(job, metrics));
}

}  // namespace strata
