// STRATA_API: marks the classes and functions that libstrata exports; all others are hidden.
#pragma once

// Stands before each class and function of libstrata that other libraries may use.
#define STRATA_API __attribute__((visibility("default")))
