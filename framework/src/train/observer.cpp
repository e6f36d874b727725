// The fan-out; keeps Observer's type information in the library.
#include "strata/train/observer.hpp"

#include <utility>

namespace strata {

Observer::~Observer() = default;

void Observers::add(std::shared_ptr<Observer> observer) { observers_.push_back(std::move(observer)); }

void Observers::begin(const RunReport& report) {
  for (const auto& observer : observers_) observer->begin(report);
}

void Observers::update(const UpdateReport& report) {
  for (const auto& observer : observers_) observer->update(report);
}

void Observers::validation(const ValidationReport& report) {
  for (const auto& observer : observers_) observer->validation(report);
}

void Observers::message(Severity severity, const std::string& text) {
  for (const auto& observer : observers_) observer->message(severity, text);
}

void Observers::end(const EndReport& report) {
  for (const auto& observer : observers_) observer->end(report);
}

}  // namespace strata
