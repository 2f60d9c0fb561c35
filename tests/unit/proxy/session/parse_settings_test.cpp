#include "proxy/session/parse_settings.h"

#include <gtest/gtest.h>

namespace tessera::session {
namespace {

// Another search path makes PostgreSQL analyse a statement anew; its bytes it has read already.
TEST(AnalysedAnew, KeepsOnlyWhatTheTextWasReadBy) {
  backend::SessionSettings then;
  then.set("timezone", "SET TimeZone = 'UTC'");
  then.set("standard_conforming_strings", "SET standard_conforming_strings = off");
  backend::SessionSettings now;
  now.set("timezone", "SET TimeZone = 'Asia/Tokyo'");
  now.set("client_encoding", "SET client_encoding = 'LATIN1'");
  const auto mixed = analysed_anew(now, then);
  EXPECT_EQ(*mixed->find("timezone"), "SET TimeZone = 'Asia/Tokyo'");
  EXPECT_EQ(*mixed->find("standard_conforming_strings"), "SET standard_conforming_strings = off");
  EXPECT_EQ(mixed->find("client_encoding"), nullptr);
}

}  // namespace
}  // namespace tessera::session
