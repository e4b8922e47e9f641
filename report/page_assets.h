// Style and script of report.html: the files of report/page.
#pragma once

namespace tessera {

extern const char kPageStyle[];
extern const char kTimelineScript[];

}  // namespace tessera
