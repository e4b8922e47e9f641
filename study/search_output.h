// The result of a search for people and for programs.
#pragma once

#include <string>

#include "study/search.h"

namespace tessera {

std::string SearchText(const SearchResult& result);
// One JSON document: candidates, illegal, too_large, priced, plans, outcomes, and result_hash, of
// all of it. Keys in SI base units.
std::string SearchJson(const SearchResult& result);

}  // namespace tessera
