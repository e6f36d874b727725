// TensorBoard event file: TFRecord framing around hand-written protocol buffers (event.proto, summary.proto).
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "observe/append_file.hpp"
#include "strata/observe/observers.hpp"

namespace strata {
namespace {

// CRC-32C (Castagnoli), reflected polynomial 0x82F63B78, masked as TFRecord wants it.
std::uint32_t masked_crc(const std::string& bytes) {
  static const std::array<std::uint32_t, 256> kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t crc = i;
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) ? 0x82F63B78U : 0U);
      table[i] = crc;
    }
    return table;
  }();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char byte : bytes) crc = (crc >> 8U) ^ kTable[(crc ^ static_cast<unsigned char>(byte)) & 0xFFU];
  crc ^= 0xFFFFFFFFU;
  return ((crc >> 15U) | (crc << 17U)) + 0xA282EAD8U;
}

template <class Value>
std::string little_endian(Value value) {
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string varint(std::uint64_t value) {
  std::string out;
  for (; value >= 0x80; value >>= 7U) out += static_cast<char>((value & 0x7FU) | 0x80U);
  return out + static_cast<char>(value);
}

// Field tags: number << 3 | wire type (0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes).
std::string bytes_field(int number, const std::string& value) {
  return varint(static_cast<std::uint64_t>(number) << 3U | 2U) + varint(value.size()) + value;
}

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

class TensorBoard final : public Observer {
 public:
  explicit TensorBoard(const std::string& folder) : file_(file_in(folder)) {
    record(bytes_field(3, "brain.Event:2"), 0);  // file_version
  }

  void update(const UpdateReport& report) override {
    std::string values = scalar("train/loss", report.loss) + scalar("train/perplexity", report.perplexity) +
                         scalar("train/learning_rate", report.learning_rate) +
                         scalar("train/gradient_norm", report.gradient_norm) +
                         scalar("train/tokens_per_second", report.tokens_per_second);
    for (const NamedValue& one : report.values) values += scalar("train/" + one.name, one.value);
    record(bytes_field(5, values), report.update);
  }

  void validation(const ValidationReport& report) override {
    std::string values;
    for (const MetricReport& metric : report.metrics) values += scalar("valid/" + metric.name, metric.value);
    for (std::size_t i = 0; i < report.samples.size(); ++i) {
      const SampleReport& sample = report.samples[i];
      std::string shown = "input:\n\n" + block(sample.input) + "output:\n\n" + block(sample.output);
      if (!sample.reference.empty()) shown += "reference:\n\n" + block(sample.reference);
      values += text("samples/" + std::to_string(i + 1), shown);
    }
    record(bytes_field(5, values), report.update);
  }

 private:
  static std::string file_in(const std::string& folder) {
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    char host[256] = "host";
    gethostname(host, sizeof host - 1);
    return folder + "/events.out.tfevents." + std::to_string(static_cast<long long>(now())) + "." + host + "." +
           std::to_string(getpid());
  }

  // Summary.Value {tag = 1, simple_value = 2} as an element of Summary.value = 1
  static std::string scalar(const std::string& tag, double value) {
    return bytes_field(1, bytes_field(1, tag) + '\x15' + little_endian(static_cast<float>(value)));
  }

  // Summary.Value {tag = 1, metadata = 9, tensor = 8} for the plugin of texts: SummaryMetadata.plugin_data = 1 has
  // plugin_name = 1; TensorProto has dtype = 1 (7: strings), tensor_shape = 2 with dim = 2 of size = 1, string_val = 8.
  static std::string text(const std::string& tag, const std::string& value) {
    const std::string metadata = bytes_field(1, bytes_field(1, "text"));
    const std::string shape = bytes_field(2, std::string("\x08\x01", 2));
    const std::string tensor = std::string("\x08\x07", 2) + bytes_field(2, shape) + bytes_field(8, value);
    return bytes_field(1, bytes_field(1, tag) + bytes_field(8, tensor) + bytes_field(9, metadata));
  }
  // A text as it is, for a page of Markdown.
  static std::string block(const std::string& text) {
    std::string out = "    ";
    for (const char one : text) out += one == '\n' ? std::string("\n    ") : std::string(1, one);
    return out + "\n\n";
  }

  // Event {wall_time = 1, step = 2, ...}, framed as length, CRC of it, bytes, CRC of them.
  void record(const std::string& what, std::int64_t step) {
    const std::string event = '\x09' + little_endian(now()) + '\x10' + varint(static_cast<std::uint64_t>(step)) + what;
    const std::string length = little_endian(static_cast<std::uint64_t>(event.size()));
    file_.append(length + little_endian(masked_crc(length)) + event + little_endian(masked_crc(event)));
  }

  detail::AppendFile file_;
};

}  // namespace

std::shared_ptr<Observer> make_tensorboard_observer(const std::string& folder) {
  return std::make_shared<TensorBoard>(folder);
}

}  // namespace strata
