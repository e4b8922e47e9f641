// Cases for tests, from the machine and task that a test writes.
#pragma once

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "configs/catalog.h"
#include "configs/formats/measurement_sources.h"
#include "configs/formats/measurements.h"
#include "gtest/gtest.h"

namespace tessera {

// `machine`, `task` and `measured` are flow mappings of a usable case.
inline MeasurementCase CaseFromText(absl::string_view machine, absl::string_view task,
                                    absl::string_view measured) {
  const std::string text = absl::StrCat(
      "- {id: C-x, category: C, group: f/s, system: x, machine: ", machine, ", task: ", task,
      ", measured: ", measured,
      ", as_published: {quantity: x, value: 1, unit: x}, source: x, trust: 3, usable: true, "
      "why_not: null, notes: ''}");
  const Catalog catalog("configs");
  const auto root = ParseYaml(text, "case");
  EXPECT_TRUE(root.ok()) << root.status();
  const auto cases = ReadMeasurements(
      *root, "case",
      {.chips = catalog.ChipNames(), .links = catalog.LinkNames(), .models = catalog.ModelNames()});
  EXPECT_TRUE(cases.ok()) << cases.status();
  return cases->front();
}

// The same case as published at `source`, with what configs/measurement_sources.yaml says of it.
inline MeasurementCase PublishedAt(absl::string_view source, MeasurementCase c) {
  c.source = std::string(source);
  const auto rules = LoadSourceRules("configs");
  EXPECT_TRUE(rules.ok()) << rules.status();
  ApplySourceRules(*rules, absl::MakeSpan(&c, 1));
  return c;
}

}  // namespace tessera
