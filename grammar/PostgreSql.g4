// The statements of PostgreSQL 15 that the planner looks into.
//
// There is no lexer here: parser/lexer.h is the only one, and parser/antlr/token_types.cpp gives each of
// its tokens a type of this grammar. It sees the next tokens, too, and settles there what would
// need long lookahead here: whether ( opens a query, NOT belongs to IN or BETWEEN, TIME is a name.
// So nearly every decision below looks at one token, and every statement passes SLL prediction.
//
// - A word in quotes is a keyword in lower case. An unreserved keyword that is named here must be in
//   `name` too. A keyword that is not named here is an IDENTIFIER, or RESERVED if it is reserved.
// - Operator precedence below AND and OR is settled while the tree is built, from flat lists:
//   recursion per level would cost time and stack, and AND must stay out of BETWEEN's bounds.
// - Accepting more than PostgreSQL does is harmless: servers see the client's own text.
grammar PostgreSql;

tokens {
  IDENTIFIER,
  ARGUMENT_NAME,    // a name before => or :=
  STRING,           // every kind of string constant
  NUMBER,
  PARAMETER,
  OPERATOR_SYMBOL,  // an operator that has no literal below
  QUERY_OPEN,       // ( before a query
  NOT_PREDICATE,    // NOT before BETWEEN, IN, LIKE, ILIKE, SIMILAR
  WITH_TIME,        // WITH before TIME
  WITHOUT_TIME,     // WITHOUT before TIME
  AT_TIME,          // AT before TIME ZONE
  WITH_ORDINALITY,  // WITH before ORDINALITY
  ROWS_FROM,        // ROWS before FROM
  ROW_CALL,         // ROW before (
  SIMILAR_PATTERN,  // SIMILAR without TO
  FIELD_DOT,        // . after ) or ] or a parameter
  RESERVED,
  UNKNOWN
}

root : statement EOF ;

statement
  : preparable
  | transactionStatement
  | setStatement
  | resetStatement
  | showStatement
  | createTable
  | createIndex
  | alterTable
  | dropTable
  | dropIndex
  | truncateStatement
  | explainStatement
  | copyStatement
  ;

preparable : withClause? (queryBody | insertStatement | updateStatement | deleteStatement) ;

// ---- Queries

query : withClause? queryBody ;
queryBody : queryTerm setOperation* queryTail* ;
setOperation : op=('union' | 'intersect' | 'except') (every='all' | 'distinct')? queryTerm ;
queryTerm
  : simpleSelect
  | valuesClause
  | 'table' relation
  | QUERY_OPEN query ')'
  ;

queryTail : orderBy | limitClause | offsetClause | fetchClause | lockingClause ;
limitClause : 'limit' ('all' | expr) ;
offsetClause : 'offset' expr ('row' | 'rows')? ;
fetchClause : 'fetch' ('first' | 'next') operand? ('row' | 'rows') ('only' | 'with' tiesWord='ties') ;
lockingClause
  : 'for' ('update' | 'no' 'key' 'update' | 'share' | 'key' 'share')
    ('of' qualifiedName (',' qualifiedName)*)? ('nowait' | 'skip' 'locked')?
  | 'for' readOnly='read' 'only'
  ;

withClause : 'with' recursiveWord='recursive'? cte (',' cte)* ;
cte : name ('(' nameList ')')? 'as' ('not'? 'materialized')? ('(' | QUERY_OPEN) preparable ')'
      searchClause? cycleClause? ;
searchClause : 'search' ('depth' | 'breadth') 'first' 'by' nameList 'set' name ;
cycleClause : 'cycle' nameList 'set' name ('to' expr 'default' expr)? 'using' name ;

simpleSelect
  : 'select' distinctClause? (selectItem (',' selectItem)*)? intoClause? fromClause? whereClause?
    groupClause? havingClause? windowClause?
  ;
distinctClause : 'all' | distinctWord='distinct' ('on' '(' exprList ')')? ;
selectItem : '*' | expr ('as' label | bareLabel)? ;
intoClause
  : 'into' ('local' | 'global')? ('temporary' | 'temp' | 'unlogged')? 'table'? qualifiedName
  ;
fromClause : 'from' tableRef (',' tableRef)* ;
whereClause : 'where' expr ;
groupClause : 'group' 'by' ('all' | distinctWord='distinct')? groupItem (',' groupItem)* ;
groupItem
  : expr
  | ('cube' | 'rollup') '(' exprList ')'
  | 'grouping' 'sets' '(' groupItem (',' groupItem)* ')'
  | '(' ')'
  ;
havingClause : 'having' expr ;
windowClause : 'window' namedWindow (',' namedWindow)* ;
namedWindow : name 'as' windowSpecification ;

valuesClause : 'values' valuesRow (',' valuesRow)* ;
valuesRow : '(' exprList ')' ;

orderBy : 'order' 'by' sortItem (',' sortItem)* ;
sortItem
  : expr ('asc' | descendingWord='desc' | usingWord='using' sortOperator)? ('nulls' nulls=('first' | 'last'))?
  ;
sortOperator : comparison | infixOperator ;

// ---- Tables

tableRef : tablePrimary joinPart* ;
// The right side of a qualified join takes the joins up to its ON or USING.
joinPart
  : 'cross' 'join' tablePrimary
  | 'natural' joinKind? 'join' tablePrimary
  | joinKind? 'join' tableRef joinCondition
  ;
joinKind : 'inner' | kind=('left' | 'right' | 'full') 'outer'? ;
joinCondition : 'on' expr | 'using' '(' nameList ')' ('as' name)? ;

tablePrimary
  : 'only' ('(' qualifiedName ')' | qualifiedName) tableAlias? tableSample?
  | 'lateral' (subqueryTable | functionTable)
  | subqueryTable
  | functionTable
  | ROWS_FROM 'from' '(' tableFunction (',' tableFunction)* ')' ordinality? tableAlias?
  | '(' tableRef ')' tableAlias?
  ;
subqueryTable : QUERY_OPEN query ')' tableAlias? ;
// A table or a function.
functionTable : qualifiedName (callArguments ordinality? | '*')? tableAlias? tableSample? ;
tableFunction : qualifiedName callArguments ('as' columnAliases)? ;
ordinality : WITH_ORDINALITY 'ordinality' ;
tableAlias : 'as' (name columnAliases? | columnAliases) | name columnAliases? ;
columnAliases : '(' columnAlias (',' columnAlias)* ')' ;
columnAlias : name (typeName ('collate' qualifiedName)?)? ;
tableSample : 'tablesample' qualifiedName '(' exprList ')' ('repeatable' '(' expr ')')? ;

// A table that is written to, or TABLE t.
relation : 'only' ('(' qualifiedName ')' | qualifiedName) | qualifiedName '*'? ;
target : relation ('as'? name)? ;

// ---- Changes

insertStatement
  : 'insert' 'into' qualifiedName ('as' name)? insertColumns? overriding?
    (defaultValues | query) onConflict? returning?
  ;
insertColumns : '(' insertColumn (',' insertColumn)* ')' ;
insertColumn : name (('.' | FIELD_DOT) IDENTIFIER | '[' expr? (':' expr?)? ']')* ;
overriding : 'overriding' ('user' | 'system') 'value' ;
defaultValues : 'default' 'values' ;
onConflict
  : 'on' 'conflict' conflictTarget?
    'do' (nothingWord='nothing' | 'update' 'set' assignment (',' assignment)* whereClause?)
  ;
conflictTarget : '(' indexElement (',' indexElement)* ')' whereClause? | 'on' 'constraint' name ;
returning : 'returning' selectItem (',' selectItem)* ;

updateStatement
  : 'update' target 'set' assignment (',' assignment)* fromClause? changeWhere? returning?
  ;
assignment
  : insertColumn '=' expr
  | '(' insertColumn (',' insertColumn)* ')' '=' expr
  ;
changeWhere : 'where' ('current' 'of' name | expr) ;
deleteStatement : 'delete' 'from' target usingClause? changeWhere? returning? ;
usingClause : 'using' tableRef (',' tableRef)* ;

// ---- Expressions

expr : predicate (ops+=('and' | 'or') predicate)* ;
exprList : expr (',' expr)* ;

predicate : 'not'* bounded predicateTail* ;
predicateTail
  : comparison (bounded | quantified)
  | negatable
  | 'is' negated='not'? isCondition
  | 'isnull'
  | notNull='notnull'
  | 'overlaps' bounded
  ;
comparison : '=' | '<' | '>' | '<=' | '>=' | '<>' | '!=' ;
negatable : negated=NOT_PREDICATE? (likeTail | betweenTail | inTail) ;
likeTail : ('like' | 'ilike' | 'similar' 'to') (bounded | quantified) ('escape' bounded)? ;
betweenTail : 'between' (symmetricWord='symmetric' | 'asymmetric')? bounded 'and' bounded ;
inTail : 'in' (QUERY_OPEN query ')' | '(' exprList ')') ;
isCondition
  : nullWord='null'
  | distinctWord='distinct' 'from' bounded
  | 'true' | 'false' | 'unknown' | 'document'
  | ('nfc' | 'nfd' | 'nfkc' | 'nfkd')? 'normalized'
  ;
quantified : ('any' | 'some' | every='all') (QUERY_OPEN query ')' | '(' expr ')') ;

// Operands and operators in a row; the builder knows how they bind.
bounded : operand boundedTail* ;
boundedTail
  : infixOperator (operand | quantified)
  | AT_TIME 'time' 'zone' operand
  | collateTail
  ;
collateTail : 'collate' qualifiedName ;
infixOperator : '+' | '-' | '*' | '/' | '%' | '^' | OPERATOR_SYMBOL | namedOperator ;
prefixOperator : '+' | '-' | OPERATOR_SYMBOL | namedOperator ;
namedOperator
  : 'operator' '(' (name '.')*
    ('+' | '-' | '*' | '/' | '%' | '^' | OPERATOR_SYMBOL | comparison) ')'
  ;

operand : prefixOperator* primary postfix* ;
// After '::' a subscript is part of the type.
postfix : '[' expr? (':' expr?)? ']' | '::' scalarType | FIELD_DOT (IDENTIFIER | '*') ;
dotPart : '.' (IDENTIFIER | '*') ;

primary
  : NUMBER
  | STRING
  | PARAMETER
  | keywordValue
  | nameExpr
  | '(' exprList ')'
  | QUERY_OPEN query ')'
  | 'case' expr? whenClause+ ('else' expr)? 'end'
  | 'exists' QUERY_OPEN query ')'
  | 'array' (arrayItems | QUERY_OPEN query ')')
  | ROW_CALL '(' exprList? ')'
  | 'cast' '(' expr 'as' typeName ')'
  | specialCall
  ;
keywordValue
  : 'true' | 'false' | 'null' | 'default'
  | 'current_date' | 'current_user' | 'current_role' | 'session_user' | 'user'
  | 'current_catalog' | 'current_schema'
  | ('current_time' | 'current_timestamp' | 'localtime' | 'localtimestamp') ('(' NUMBER ')')?
  ;
whenClause : 'when' expr 'then' expr ;
arrayItems : '[' (arrayItem (',' arrayItem)*)? ']' ;
arrayItem : expr | arrayItems ;

// A column, a call, or a constant with its type: date '2024-01-01', numeric(4,2) '1.5'.
nameExpr
  : name dotPart* ( callArguments (typedConstant | callTail) | typedConstant )?
  ;
typedConstant : ('varying' | 'precision')? zoneSuffix? STRING intervalFields? ;
callTail : withinGroup? filterClause? overClause? ;
callArguments : '(' arguments? ')' ;
arguments
  : '*'
  | ('all' | distinctWord='distinct')? argument (',' argument)* orderBy?
  ;
argument : variadicWord='variadic'? (ARGUMENT_NAME ('=>' | ':='))? expr ;
withinGroup : 'within' 'group' '(' orderBy ')' ;
filterClause : 'filter' '(' 'where' expr ')' ;
overClause : 'over' (name | windowSpecification) ;
windowSpecification : '(' name? partitionClause? orderBy? frameClause? ')' ;
partitionClause : 'partition' 'by' exprList ;
frameClause
  : ('range' | 'rows' | 'groups') (frameBound | 'between' frameBound 'and' frameBound)
    ('exclude' ('current' 'row' | 'group' | 'ties' | 'no' 'others'))?
  ;
frameBound
  : 'unbounded' ('preceding' | 'following')
  | 'current' 'row'
  | bounded ('preceding' | 'following')
  ;

// Calls with a syntax of their own.
specialCall
  : 'extract' '(' (name | STRING) 'from' expr ')'
  | 'overlay' '(' expr ('placing' expr 'from' expr ('for' expr)? | (',' expr)+) ')'
  | 'position' '(' bounded 'in' bounded ')'
  | 'substring' '(' expr
    ('from' expr ('for' expr)? | 'for' expr ('from' expr)? | SIMILAR_PATTERN expr 'escape' expr | (',' expr)*)
    ')'
  | 'trim' '(' ('both' | 'leading' | 'trailing')? ('from' exprList | exprList ('from' exprList)?) ')'
  | 'treat' '(' expr 'as' typeName ')'
  | 'normalize' '(' expr (',' ('nfc' | 'nfd' | 'nfkc' | 'nfkd'))? ')'
  | 'collation' 'for' '(' expr ')'
  | 'xmlelement' '(' 'name' label (',' xmlArgument)* ')'
  | 'xmlforest' '(' xmlAttribute (',' xmlAttribute)* ')'
  | 'xmlparse' '(' ('document' | 'content') expr (('preserve' | 'strip') 'whitespace')? ')'
  | 'xmlserialize' '(' ('document' | 'content') expr 'as' typeName ')'
  | 'xmlpi' '(' 'name' label (',' expr)? ')'
  | 'xmlroot' '(' expr ',' 'version' (expr | 'no' 'value')
    (',' 'standalone' ('yes' | 'no' 'value'?))? ')'
  | 'xmlexists' '(' operand 'passing' xmlMechanism* operand xmlMechanism* ')'
  ;
xmlArgument : 'xmlattributes' '(' xmlAttribute (',' xmlAttribute)* ')' | expr ;
xmlAttribute : expr ('as' label)? ;
xmlMechanism : 'by' ('ref' | 'value') ;

// ---- Names and types

qualifiedName : name ('.' IDENTIFIER)* ;
nameList : name (',' name)* ;
typeName : scalarType (('[' NUMBER? ']')+ | 'array' ('[' NUMBER ']')?)? ;
scalarType
  : 'national'? name ('.' IDENTIFIER)* ('varying' | 'precision')? ('(' exprList ')')? zoneSuffix?
    intervalFields?
  ;
zoneSuffix : (WITH_TIME | WITHOUT_TIME) 'time' 'zone' ;
intervalFields : intervalField ('(' NUMBER ')')? ('to' intervalField ('(' NUMBER ')')?)? ;
intervalField : 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' ;

// ---- Transactions and settings

transactionStatement
  : beginWord='begin' ('work' | 'transaction')? transactionModes?
  | startWord='start' 'transaction' transactionModes?
  | commitWord=('commit' | 'end') (preparedWord='prepared' STRING | ('work' | 'transaction')? chainClause?)
  | rollbackWord=('rollback' | 'abort')
    ( preparedWord='prepared' STRING
    | ('work' | 'transaction')? (chainClause | toWord='to' 'savepoint'? name)?
    )
  | savepointWord='savepoint' name
  | releaseWord='release' 'savepoint'? name
  | prepareWord='prepare' 'transaction' STRING
  ;
chainClause : 'and' noWord='no'? 'chain' ;
transactionModes : transactionMode (','? transactionMode)* ;
transactionMode
  : 'isolation' 'level' ('serializable' | 'repeatable' 'read' | 'read' ('committed' | 'uncommitted'))
  | 'read' ('only' | 'write')
  | 'not'? 'deferrable'
  ;

setStatement
  : 'set' 'session' 'characteristics' 'as' characteristicsWord='transaction' transactionModes
  | 'set' constraintsWord='constraints' ('all' | qualifiedName (',' qualifiedName)*) ('deferred' | 'immediate')
  | 'set' ('session' | localWord='local')?
    ( transactionWord='transaction' (transactionModes | 'snapshot' STRING)
    | timeZone='time' 'zone' (settingValue | 'local' | 'default' | typedInterval)
    | 'session' authorizationWord='authorization' (settingValue | 'default')
    | namesWord='names' (settingValue | 'default')?
    | roleWord='role' settingValue
    | schemaWord='schema' STRING
    | xmlWord='xml' 'option' ('document' | 'content')
    | settingName ('to' | '=') ('default' | settingValue (',' settingValue)*)
    )
  ;
settingName : name ('.' IDENTIFIER)* ;
settingValue : STRING | ('+' | '-')? NUMBER | 'true' | 'false' | 'on' | name | PARAMETER ;
typedInterval : name ('(' NUMBER ')')? STRING intervalFields? ;
resetStatement
  : 'reset'
    ( 'all'
    | timeZone='time' 'zone'
    | 'transaction' isolationWord='isolation' 'level'
    | 'session' authorizationWord='authorization'
    | settingName
    )
  ;
showStatement
  : 'show'
    ( every='all'
    | timeZone='time' 'zone'
    | 'transaction' isolationWord='isolation' 'level'
    | 'session' authorizationWord='authorization'
    | settingName
    )
  ;

// ---- Tables and indexes

createTable
  : 'create' ('local' | 'global')? (temporaryWord=('temporary' | 'temp') | unloggedWord='unlogged')? 'table'
    ifNotExists? qualifiedName
    ( partitionOf='partition' 'of' qualifiedName tableElements? partitionBound
    | ofWord='of' qualifiedName tableElements?
    | tableElements?
    )
    createOption* (asWord='as' query ('with' 'no'? 'data')?)?
  ;
ifNotExists : 'if' 'not' 'exists' ;
ifExists : 'if' 'exists' ;
tableElements : '(' (tableElement (',' tableElement)*)? ')' ;
tableElement
  : columnDefinition
  | tableConstraint
  | likeWord='like' qualifiedName (('including' | 'excluding') anyWord)*
  ;
columnDefinition
  : name ('with' 'options' | typeName)? ('collate' qualifiedName)? columnConstraint*
  ;
columnConstraint
  : ('constraint' name)?
    ( 'not' 'null'
    | 'null'
    | defaultWord='default' bounded
    | generatedWord='generated' ('always' | 'by' 'default') 'as'
      (identityWord='identity' balanced? | '(' expr ')' 'stored')
    | primaryWord='primary' 'key' indexOptions
    | uniqueWord='unique' ('nulls' 'not'? 'distinct')? indexOptions
    | 'check' '(' expr ')' ('no' 'inherit')?
    | referencesWord='references' qualifiedName ('(' nameList ')')? referenceOption*
    | deferral
    )
  | ('storage' | 'compression') anyWord
  ;
tableConstraint
  : ('constraint' constraintName=name)?
    ( primaryWord='primary' 'key' (constraintColumns indexOptions | 'using' 'index' name)
    | uniqueWord='unique' ('nulls' 'not'? 'distinct')? (constraintColumns indexOptions | 'using' 'index' name)
    | checkWord='check' '(' expr ')'
    | foreignWord='foreign' 'key' constraintColumns 'references' qualifiedName ('(' nameList ')')?
      referenceOption*
    | excludeWord='exclude' ('using' name)? balanced indexOptions ('where' '(' expr ')')?
    )
    (deferral | 'not' 'valid' | 'no' 'inherit')*
  ;
constraintColumns : '(' nameList ')' ;
indexOptions : ('include' balanced)? ('with' balanced)? ('using' 'index' 'tablespace' name)? ;
referenceOption
  : 'match' anyWord
  | 'on' ('delete' | 'update')
    ('no' 'action' | 'restrict' | 'cascade' | 'set' ('null' | 'default') balanced?)
  ;
deferral : 'not'? 'deferrable' | 'initially' ('deferred' | 'immediate') ;
createOption
  : inheritsWord='inherits' balanced
  | partitionedWord='partition' 'by' name balanced
  | 'using' name
  | 'with' balanced
  | 'without' 'oids'
  | 'on' 'commit' ('drop' | 'delete' 'rows' | 'preserve' 'rows')
  | 'tablespace' name
  ;
partitionBound
  : 'default'
  | 'for' 'values' ('in' balanced | 'from' balanced 'to' balanced | 'with' balanced)
  ;
balanced : '(' (balanced | ~('(' | ')' | QUERY_OPEN))* ')' ;

alterTable
  : 'alter' 'table' ifExists? relation
    ( alterAction (',' alterAction)*
    | renameTo='rename' 'to' name
    | 'rename' renameConstraint='constraint' name 'to' name
    | renameColumn='rename' 'column'? name 'to' name
    | setSchema='set' 'schema' name
    )
  ;
alterAction
  : 'add' addConstraint=tableConstraint
  | 'add' 'column'? ifNotExists? addColumn=columnDefinition
  | 'drop' dropConstraint='constraint' ifExists? name ('cascade' | 'restrict')?
  | 'drop' 'column'? ifExists? dropColumn=name ('cascade' | 'restrict')?
  | 'alter' 'column'? column=name
    ( ('set' 'data')? typeWord='type' typeName ('collate' qualifiedName)? ('using' expr)?
    | alterColumnAction
    )
  | 'owner' 'to' ownerName
  | 'set' ('logged' | 'unlogged' | 'without' ('oids' | 'cluster') | 'tablespace' name | balanced)
  | 'reset' balanced
  | ('enable' | 'disable' | 'force' | 'no' 'force') 'row' 'level' 'security'
  | ('enable' | 'disable') 'trigger' ('all' | 'user')
  | 'replica' 'identity' ('default' | 'full' | 'nothing')
  ;
ownerName : name | 'current_user' | 'current_role' | 'session_user' ;
alterColumnAction
  : 'set' 'default' bounded
  | 'drop' ('default' | 'not' 'null' | 'identity' ifExists? | 'expression' ifExists?)
  | 'set' ('not' 'null' | 'statistics' ('+' | '-')? NUMBER | 'storage' anyWord | 'compression' anyWord | balanced)
  | 'reset' balanced
  ;

dropTable : 'drop' 'table' dropNames ;
dropIndex : 'drop' 'index' concurrentlyWord='concurrently'? dropNames ;
dropNames : ifExists? qualifiedName (',' qualifiedName)* (cascadeWord='cascade' | 'restrict')? ;

createIndex
  : 'create' uniqueWord='unique'? 'index' concurrentlyWord='concurrently'? (ifNotExists? indexName=name)?
    'on' relation ('using' name)? '(' indexElement (',' indexElement)* ')'
    ('include' balanced)? ('nulls' 'not'? 'distinct')? ('with' balanced)? ('tablespace' name)? whereClause?
  ;
indexElement
  : operand ('collate' qualifiedName)? (qualifiedName balanced?)? ('asc' | 'desc')?
    ('nulls' ('first' | 'last'))?
  ;

truncateStatement
  : 'truncate' 'table'? relation (',' relation)* (restartWord='restart' 'identity' | 'continue' 'identity')?
    (cascadeWord='cascade' | 'restrict')?
  ;

// ---- EXPLAIN and COPY

explainStatement : 'explain' (explainOptions | analyzeWord=('analyze' | 'analyse')? 'verbose'?) (preparable | createTable) ;
explainOptions : '(' explainOption (',' explainOption)* ')' ;
explainOption : anyWord (anyWord | STRING | ('+' | '-')? NUMBER)? ;

copyStatement
  : 'copy' (QUERY_OPEN query ')' | '(' preparable ')' | 'binary'? qualifiedName ('(' nameList ')')?)
    (fromWord='from' | 'to') (standardWord=('stdin' | 'stdout') | 'program'? STRING) copyOption*
    ('where' expr)?
  ;
copyOption : balanced | ',' | '*' | STRING | NUMBER | copyWord ;
copyWord : name | 'with' | 'using' | 'as' | 'null' | 'binary' | 'not' | 'freeze' ;

// ---- Words

label : name | reservedWord ;
anyWord : name | reservedWord ;
name : IDENTIFIER | plainWord | 'row' ;
// Where a name can follow an expression without AS.
bareLabel : IDENTIFIER | plainWord ;

// The unreserved keywords that are named above. Those that token_types.cpp makes keywords only where
// one can stand (OVER, FILTER, WITHIN, YEAR ... SECOND, VARYING, WITHOUT, CUBE, ROLLUP, OPERATOR) are
// IDENTIFIERs elsewhere.
plainWord
  : 'abort' | 'action' | 'add' | 'alter' | 'always' | 'begin' | 'breadth' | 'by' | 'cascade'
    | 'chain' | 'characteristics' | 'cluster' | 'commit' | 'committed' | 'compression'
    | 'conflict' | 'constraints' | 'content' | 'continue' | 'copy' | 'current' | 'cycle'
    | 'data' | 'deferred' | 'delete' | 'depth' | 'disable' | 'document' | 'drop' | 'enable'
    | 'escape' | 'exclude' | 'excluding' | 'explain' | 'expression' | 'first' | 'following'
    | 'force' | 'generated' | 'global' | 'groups' | 'identity' | 'if' | 'immediate' | 'include'
    | 'including' | 'index' | 'inherit' | 'inherits' | 'insert' | 'isolation' | 'key' | 'last'
    | 'level' | 'local' | 'locked' | 'logged' | 'match' | 'materialized' | 'name' | 'names'
    | 'next' | 'nfc' | 'nfd' | 'nfkc' | 'nfkd' | 'no' | 'normalized' | 'nothing' | 'nowait'
    | 'nulls' | 'of' | 'oids' | 'option' | 'options' | 'ordinality' | 'others' | 'overriding'
    | 'owner' | 'partition' | 'passing' | 'preceding' | 'prepare' | 'prepared' | 'preserve'
    | 'program' | 'range' | 'read' | 'recursive' | 'ref' | 'release' | 'rename' | 'repeatable'
    | 'replica' | 'reset' | 'restart' | 'restrict' | 'role' | 'rollback' | 'rows' | 'savepoint'
    | 'schema' | 'search' | 'security' | 'serializable' | 'session' | 'set' | 'sets' | 'share'
    | 'show' | 'skip' | 'snapshot' | 'standalone' | 'start' | 'statistics' | 'stdin' | 'stdout'
    | 'storage' | 'stored' | 'strip' | 'system' | 'tablespace' | 'temp' | 'temporary' | 'ties'
    | 'transaction' | 'trigger' | 'truncate' | 'type' | 'unbounded' | 'uncommitted' | 'unknown'
    | 'unlogged' | 'update' | 'valid' | 'value' | 'version' | 'whitespace' | 'work' | 'write'
    | 'xml' | 'yes' | 'zone'
  ;

// The other keywords that are named above, and the reserved ones that are not.
reservedWord
  : RESERVED
    | 'all' | 'analyse' | 'analyze' | 'and' | 'any' | 'array' | 'as' | 'asc' | 'asymmetric'
    | 'both' | 'case' | 'cast' | 'check' | 'collate' | 'column' | 'constraint' | 'create'
    | 'current_catalog' | 'current_date' | 'current_role' | 'current_time'
    | 'current_timestamp' | 'current_user' | 'default' | 'deferrable' | 'desc' | 'distinct'
    | 'do' | 'else' | 'end' | 'except' | 'false' | 'fetch' | 'for' | 'foreign' | 'from'
    | 'group' | 'having' | 'in' | 'initially' | 'intersect' | 'into' | 'lateral' | 'leading'
    | 'limit' | 'localtime' | 'localtimestamp' | 'not' | 'null' | 'offset' | 'on' | 'only'
    | 'or' | 'order' | 'placing' | 'primary' | 'references' | 'returning' | 'select'
    | 'session_user' | 'some' | 'symmetric' | 'table' | 'then' | 'to' | 'trailing' | 'true'
    | 'union' | 'unique' | 'user' | 'using' | 'variadic' | 'when' | 'where' | 'window' | 'with'
    | 'authorization' | 'between' | 'binary' | 'collation' | 'concurrently' | 'cross'
    | 'current_schema' | 'exists' | 'extract' | 'freeze' | 'full' | 'grouping' | 'ilike'
    | 'inner' | 'is' | 'isnull' | 'join' | 'left' | 'like' | 'national' | 'natural'
    | 'normalize' | 'notnull' | 'outer' | 'overlaps' | 'overlay' | 'position' | 'precision'
    | 'right' | 'similar' | 'substring' | 'tablesample' | 'time' | 'treat' | 'trim' | 'values'
    | 'verbose' | 'xmlattributes' | 'xmlelement' | 'xmlexists' | 'xmlforest' | 'xmlparse'
    | 'xmlpi' | 'xmlroot' | 'xmlserialize'
    | NOT_PREDICATE | SIMILAR_PATTERN
  ;
