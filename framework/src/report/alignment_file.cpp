// The file behind `--alignment FILE`: its name chooses the form; everything but SVG is written as it comes.
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "report/alignment_check.hpp"
#include "report/alignment_html.hpp"
#include "strata/core/error.hpp"

namespace strata {
namespace {

enum class Form { html, svg, json, pharaoh };

Form form_of(const std::string& path) {
  constexpr std::array kForms = {std::pair{".html", Form::html}, std::pair{".svg", Form::svg},
                                 std::pair{".jsonl", Form::json}, std::pair{".json", Form::json},
                                 std::pair{".txt", Form::pharaoh}};
  for (const auto& [ending, form] : kForms) {
    const std::size_t length = std::strlen(ending);
    if (path.size() > length && path.compare(path.size() - length, length, ending) == 0) return form;
  }
  throw Error("E_USAGE_ALIGNMENT", "--alignment", "the name of '" + path + "' does not say what to write",
              "end it in .html, .svg, .jsonl or .txt (Pharaoh pairs)");
}

}  // namespace

struct AlignmentFile::State {
  std::string path;
  Form form;
  std::FILE* file = nullptr;
  std::size_t count = 0;
  std::vector<Alignment> kept;  // an SVG begins with its size

  explicit State(std::string at) : path(std::move(at)), form(form_of(path)) {
    file = std::fopen(path.c_str(), "wb");
    if (!file) fail();
  }
  ~State() {
    if (file) std::fclose(file);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[noreturn]] void fail() const {
    throw Error("E_IO_WRITE", path, std::string("cannot be written: ") + std::strerror(errno));
  }
  void write(const std::string& text) const {
    if (std::fwrite(text.data(), 1, text.size(), file) != text.size()) fail();
  }
};

AlignmentFile::AlignmentFile(const std::string& path, const std::string& title)
    : state_(std::make_unique<State>(path)) {
  if (state_->form == Form::html) state_->write(detail::html_begin(title));
}

AlignmentFile::~AlignmentFile() = default;

void AlignmentFile::add(const Alignment& alignment) {
  detail::check(alignment);
  ++state_->count;
  switch (state_->form) {
    case Form::html: return state_->write(detail::html_sentence(alignment, state_->count));
    case Form::svg: state_->kept.push_back(alignment); return;
    case Form::json: return state_->write(alignment_json(alignment) + "\n");
    case Form::pharaoh: return state_->write(alignment_pharaoh(alignment) + "\n");
  }
}

void AlignmentFile::finish() {
  if (!state_->file) return;
  if (state_->form == Form::html) state_->write(detail::html_end());
  if (state_->form == Form::svg) state_->write(alignment_svg(state_->kept));
  if (std::fclose(std::exchange(state_->file, nullptr)) != 0) state_->fail();
}

}  // namespace strata
