// Early return of absl::Status errors.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define TESSERA_RETURN_IF_ERROR(expression)                                             \
  do {                                                                                  \
    if (::absl::Status status_of_expression = (expression); !status_of_expression.ok()) \
      return status_of_expression;                                                      \
  } while (false)

#define TESSERA_CONCAT_INNER(a, b) a##b
#define TESSERA_CONCAT(a, b) TESSERA_CONCAT_INNER(a, b)
// TESSERA_ASSIGN_OR_RETURN(auto value, MakeValue());
#define TESSERA_ASSIGN_OR_RETURN(target, expression) \
  TESSERA_ASSIGN_OR_RETURN_INNER(TESSERA_CONCAT(status_or_, __LINE__), target, expression)
#define TESSERA_ASSIGN_OR_RETURN_INNER(temporary, target, expression)                      \
  auto temporary = (expression);                  /* NOLINT(bugprone-macro-parentheses) */ \
  if (!temporary.ok()) return temporary.status(); /* NOLINT(bugprone-macro-parentheses) */ \
  target = *std::move(temporary)                  /* NOLINT(bugprone-macro-parentheses) */
