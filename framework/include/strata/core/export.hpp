// STRATA_API: marks what libstrata exports; everything else is hidden.
#pragma once

// Stands before each class and function of libstrata that other libraries may use.
#define STRATA_API __attribute__((visibility("default")))
