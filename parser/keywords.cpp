#include "parser/keywords.h"

#include <algorithm>
#include <array>

#include "parser/shape.h"

namespace tessera::parser {
namespace {

constexpr std::string_view kUnreservedWords =
    "abort absolute access action add admin after aggregate also alter always asensitive "
    "assertion assignment at atomic attach attribute backward before begin breadth by cache "
    "call called cascade cascaded catalog chain characteristics checkpoint class close "
    "cluster columns comment comments commit committed compression configuration conflict "
    "connection constraints content continue conversion copy cost csv cube current cursor "
    "cycle data database day deallocate declare defaults deferred definer delete delimiter "
    "delimiters depends depth detach dictionary disable discard document domain double drop "
    "each enable encoding encrypted enum escape event exclude excluding exclusive execute "
    "explain expression extension external family filter finalize first following force "
    "forward function functions generated global granted groups handler header hold hour "
    "identity if immediate immutable implicit import include including increment index "
    "indexes inherit inherits inline input insensitive insert instead invoker isolation key "
    "label language large last leakproof level listen load local location lock locked logged "
    "mapping match matched materialized maxvalue merge method minute minvalue mode month move "
    "name names new next nfc nfd nfkc nfkd no normalized nothing notify nowait nulls object "
    "of off oids old operator option options ordinality others over overriding owned owner "
    "parallel parameter parser partial partition passing password plans policy preceding "
    "prepare prepared preserve prior privileges procedural procedure procedures program "
    "publication quote range read reassign recheck recursive ref referencing refresh reindex "
    "relative release rename repeatable replace replica reset restart restrict return returns "
    "revoke role rollback rollup routine routines rows rule savepoint schema schemas scroll "
    "search second security sequence sequences serializable server session set sets share "
    "show simple skip snapshot sql stable standalone start statement statistics stdin stdout "
    "storage stored strict strip subscription support sysid system tables tablespace temp "
    "template temporary text ties transaction transform trigger truncate trusted type types "
    "uescape unbounded uncommitted unencrypted unknown unlisten unlogged until update vacuum "
    "valid validate validator value varying version view views volatile whitespace within "
    "without work wrapper write xml year yes zone";

constexpr std::string_view kColumnNameWords =
    "between bigint bit boolean char character coalesce dec decimal exists extract float "
    "greatest grouping inout int integer interval least national nchar none normalize nullif "
    "numeric out overlay position precision real row setof smallint substring time timestamp "
    "treat trim values varchar xmlattributes xmlconcat xmlelement xmlexists xmlforest "
    "xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable";

constexpr std::string_view kTypeFunctionWords =
    "authorization binary collation concurrently cross current_schema freeze full ilike inner "
    "is isnull join left like natural notnull outer overlaps right similar tablesample "
    "verbose";

constexpr std::string_view kReservedWords =
    "all analyse analyze and any array as asc asymmetric both case cast check collate column "
    "constraint create current_catalog current_date current_role current_time "
    "current_timestamp current_user default deferrable desc distinct do else end except false "
    "fetch for foreign from grant group having in initially intersect into lateral leading "
    "limit localtime localtimestamp not null offset on only or order placing primary "
    "references returning select session_user some symmetric table then to trailing true "
    "union unique user using variadic when where window with";

constexpr std::size_t count_words(std::string_view words) {
  return static_cast<std::size_t>(std::ranges::count(words, ' ')) + 1;
}

constexpr std::size_t kKeywordCount = count_words(kUnreservedWords) +
                                      count_words(kColumnNameWords) +
                                      count_words(kTypeFunctionWords) + count_words(kReservedWords);
using Table = std::array<Keyword, kKeywordCount>;

constexpr std::size_t add_words(Table& table, std::size_t at, std::string_view words,
                                KeywordClass kind) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    table[at++] = {words.substr(0, end), kind};
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return at;
}

constexpr Table kKeywords = [] {
  Table table{};
  std::size_t at = add_words(table, 0, kUnreservedWords, KeywordClass::kUnreserved);
  at = add_words(table, at, kColumnNameWords, KeywordClass::kColumnName);
  at = add_words(table, at, kTypeFunctionWords, KeywordClass::kTypeFunctionName);
  add_words(table, at, kReservedWords, KeywordClass::kReserved);
  std::ranges::sort(table, {}, &Keyword::word);
  return table;
}();

}  // namespace

std::span<const Keyword> keywords() { return kKeywords; }

const Keyword* find_keyword(std::string_view word) {
  const auto found = std::ranges::lower_bound(kKeywords, word, {}, &Keyword::word);
  return found != kKeywords.end() && found->word == word ? &*found : nullptr;
}

bool is_reserved(std::string_view word) {
  const Keyword* keyword = find_keyword(word);
  return keyword != nullptr && keyword->kind == KeywordClass::kReserved;
}

}  // namespace tessera::parser
