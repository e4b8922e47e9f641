// The machine and the task of one measurement case: the two parts of measurements.h that have rules
// of their own.
#pragma once

#include "configs/formats/field_reader.h"
#include "configs/formats/measurements.h"

namespace tessera {

// Calls `read` with the member `key` if it is there; a missing key is reported by
// FieldReader::Keys.
template <typename Read>
void WithMember(const YamlValue& map, absl::string_view key, Read read) {
  if (const YamlValue* value = map.Find(key)) read(*value);
}

MeasuredMachine ReadMeasuredMachine(const YamlValue& value, const KnownNames& names, bool usable,
                                    FieldReader& fields);
MeasuredTask ReadMeasuredTask(const YamlValue& value, const KnownNames& names, bool usable,
                              FieldReader& fields);
// A kind and any of its keys but the model.
MeasuredTask ReadTaskPart(const YamlValue& value, FieldReader& fields);
// A null is a fault.
ModelSpec ReadInlineModel(const YamlValue& value, FieldReader& fields);

// Rules between machine, task and measured quantity; the first two for usable cases only.
void CheckRanks(const YamlValue& task, const MeasurementCase& c, FieldReader& fields);
void CheckNeededKeys(const YamlValue& task, const MeasurementCase& c, FieldReader& fields);
void CheckQuantityUnit(const YamlValue& measured, const MeasurementCase& c, FieldReader& fields);

}  // namespace tessera
