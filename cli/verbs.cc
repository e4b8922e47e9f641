#include "cli/verb.h"

namespace tessera {

const std::vector<Verb>& Verbs() {
  static const std::vector<Verb>& verbs = *new std::vector<Verb>{
      {"run", "Simulates a scenario: summary here, report, timeline and result in a folder",
       "tessera run configs/scenarios/llama3_70b_inference_h100.yaml --out out/llama", AddRun},
      {"search",
       "Looks for the best plan: prices a space of them, simulates the best, says why others lose",
       "tessera search configs/scenarios/gpt3_175b_search_a100.yaml --top 3", AddSearch},
      {"sweep", "Simulates many scenarios: on local processes or a Slurm cluster, resumable",
       "tessera sweep configs/studies/llama3_70b_batch.yaml --out out/batch", AddSweep},
      {"node", "A worker process of `run --rendezvous`, on this or another machine",
       "tessera node --join /shared/my_run --rank 1", AddNode},
      {"validate", "Replays measurement and oracle files and shows predicted against expected",
       "tessera validate tests/study/data/measurements.yaml --category A", AddValidate},
      {"collective", "Times a collective over message sizes, in the layout of nccl-tests",
       "tessera collective --system dgx_h100 --op all_reduce -b 1M -e 1G", AddCollective},
      {"astra", "Runs the inputs of ASTRA-sim: its results to the nanosecond, or modelled anew",
       "tessera astra --workload-configuration tests/study/data/chakra/tp_dp \\\n"
       "      --system-configuration tests/study/data/astra/system.json \\\n"
       "      --network-configuration tests/study/data/astra/switch8.yml \\\n"
       "      --comm-group-configuration tests/study/data/astra/groups.json",
       AddAstra},
      {"msccl", "Reads and proves an algorithm of MSCCL, or writes one of ours",
       "tessera msccl tests/collectives/corpus/msccl/two.xml --system dgx_h100", AddMsccl},
      {"chip", "Shows a chip: roofline, energy, money, and a layer operator by operator",
       "tessera chip nvidia_h100_sxm_80gb", AddChip},
      {"topology", "Shows and checks the network of a system",
       "tessera topology dgx_h100 --nodes 4 --check", AddTopology},
      {"compare", "Explains the difference of two runs by cause",
       "tessera compare out/selective out/full", AddCompare},
      {"schema", "Prints the JSON Schema of scenarios, for editors",
       "tessera schema > tessera.schema.json", AddSchema},
      {"list", "Lists the descriptions that come with the simulator", "tessera list chips",
       AddList},
      {"init", "Writes a commented scenario to start from", "tessera init my_scenario.yaml",
       AddInit},
  };
  return verbs;
}

}  // namespace tessera
