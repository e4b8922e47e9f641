// The named benchmarks. Names and what they do are a contract, so that figures of different
// versions compare; each group of them is one file with one function listed here.
//
// To add a group: write bench/GROUP_benchmarks.cc with a function that returns its table, declare
// it below, append it in AllBenchmarks, and take its names off the list of those planned.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tessera {

struct Benchmark {
  std::string name;
  std::string item = "item";  // What is counted: "event", "message", "plan". Singular.
  // Does the whole work, set-up included, and returns the number of items. Runs in a process of
  // its own; empty where the benchmark is planned but not there yet.
  std::function<int64_t()> run = nullptr;
  // The same work on one process, where `run` splits it over several: they are compared.
  std::function<int64_t()> undivided = nullptr;

  bool planned() const { return run == nullptr; }
};

std::vector<Benchmark> AstraBenchmarks();
std::vector<Benchmark> ChipBenchmarks();
std::vector<Benchmark> FabricBenchmarks();
std::vector<Benchmark> FoldBenchmarks();
std::vector<Benchmark> PacketBenchmarks();
std::vector<Benchmark> PholdBenchmarks();
std::vector<Benchmark> SearchBenchmarks();
std::vector<Benchmark> SplitBenchmarks();

// In the order in which they are listed and run. Names are unique.
std::vector<Benchmark> AllBenchmarks();

// Those whose name contains `filter`; only the one that equals it, if one does.
std::vector<Benchmark> Matching(const std::vector<Benchmark>& benchmarks,
                                const std::string& filter);

}  // namespace tessera
