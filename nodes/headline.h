// The numbers a user asked for, from what was measured.
#pragma once

#include <utility>
#include <vector>

#include "configs/job_spec.h"
#include "core/units.h"
#include "nodes/simulation.h"

namespace tessera {

// Training: step time, tokens per step over it. Inference: time to first token is the last
// kPrefillEndMark; time per output token is the rest of the run over the tokens after the first
// (over all of them in decode-only jobs); throughput is output tokens over the whole run, or prompt
// tokens where only prefill is asked. MFU: model FLOPs of the job over the makespan at the peak
// dense rate of the compute precision of all ranks. Collectives: as nccl-tests defines the two
// bandwidths. Empty for an interrupted run.
Headline HeadlineOf(const ScenarioSpec& scenario, const SimulationResult& result);

// The peak dense rate of one rank at `precision`, if the chip has one; mixed_fp16 computes in fp16.
std::optional<FlopRate> PeakRate(const SystemSpec& system, Precision precision);

// What the job computes in; none for collectives.
std::optional<Precision> ComputePrecision(const ScenarioSpec& scenario);

}  // namespace tessera
