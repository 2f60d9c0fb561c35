// The statements of PostgreSQL 15. The planner looks into queries, changes of rows, settings, and tables and
// their indexes; of the others it knows the words.
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
// - What is easier said in C++ is: parser/antlr/sentence.cpp refuses what this grammar takes and PostgreSQL does
//   not. docs/grammar.md tells how far both agree.
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
  | otherStatement
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

preparable
  : withClause? (queryBody | insertStatement | updateStatement | deleteStatement | mergeStatement)
  ;

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
  : 'select' (allWord='all'? selectList? | distinctClause selectList) intoClause? fromClause? whereClause?
    groupClause? havingClause? windowClause?
  ;
selectList : selectItem (',' selectItem)* ;
distinctClause : 'distinct' ('on' '(' exprList ')')? ;
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
  | 'lateral'? xmlTable tableAlias?
  | 'lateral'? tableValue ordinality? tableAlias?
  | ROWS_FROM 'from' '(' tableFunction (',' tableFunction)* ')' ordinality? tableAlias?
  | '(' tableRef ')' tableAlias?
  ;
subqueryTable : QUERY_OPEN query ')' tableAlias? ;
// A table or a function.
functionTable : qualifiedName (callArguments ordinality? | '*')? tableAlias? tableSample? ;
tableFunction : (qualifiedName callArguments | tableValue) ('as' columnAliases)? ;
// What has a call's syntax of its own may stand for a table too.
tableValue : specialCall | valueFunction | 'cast' '(' expr 'as' typeName ')' ;
xmlTable
  : 'xmltable' '(' ('xmlnamespaces' '(' xmlNamespace (',' xmlNamespace)* ')' ',')? operand 'passing' xmlMechanism* operand xmlMechanism*
    'columns' xmlColumn (',' xmlColumn)* ')'
  ;
xmlNamespace : bounded 'as' label | 'default' bounded ;
xmlColumn : name ('for' 'ordinality' | typeName xmlColumnOption*) ;
xmlColumnOption : 'default' boundExpr | 'not'? 'null' | pathWord=IDENTIFIER boundExpr ;
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
parenthesised : '(' expr ')' | QUERY_OPEN query ')' ;

predicate : 'not'* bounded predicateTail* ;
predicateTail
  : comparison (bounded | quantified)
  | negatable
  | 'is' negated='not'? isCondition
  | 'isnull'
  | notNull='notnull'
  | overlapsWord='overlaps' bounded
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
postfix : '[' expr? (':' expr?)? ']' | '::' scalarType | FIELD_DOT (IDENTIFIER | '*') ('.' (IDENTIFIER | '*'))* ;
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
keywordValue : 'true' | 'false' | 'null' | 'default' | valueFunction ;
valueFunction
  : 'current_date' | 'current_user' | 'current_role' | 'session_user' | 'user'
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
  : 'extract' '(' (extractField | STRING) 'from' expr ')'
  | 'overlay' '(' expr ('placing' expr 'from' expr ('for' expr)? | (',' expr)+) ')'
  | 'position' '(' bounded 'in' bounded ')'
  | 'substring' '(' expr
    ('from' expr ('for' expr)? | 'for' expr ('from' expr)? | SIMILAR_PATTERN expr 'escape' expr | (',' expr)*)
    ')'
  | 'trim' '(' ('both' | 'leading' | 'trailing')? ('from' exprList | exprList ('from' exprList)?) ')'
  | 'treat' '(' expr 'as' typeName ')'
  | 'normalize' '(' expr (',' ('nfc' | 'nfd' | 'nfkc' | 'nfkd'))? ')'
  | 'collation' 'for' parenthesised
  | 'xmlelement' '(' 'name' label (',' xmlArgument)* ')'
  | 'xmlforest' '(' xmlAttribute (',' xmlAttribute)* ')'
  | 'xmlparse' '(' ('document' | 'content') expr (('preserve' | 'strip') 'whitespace')? ')'
  | 'xmlserialize' '(' ('document' | 'content') expr 'as' typeName ')'
  | 'xmlpi' '(' 'name' label (',' expr)? ')'
  | 'xmlroot' '(' expr ',' 'version' (expr | 'no' 'value')
    (',' 'standalone' ('yes' | 'no' 'value'?))? ')'
  | 'xmlexists' '(' operand 'passing' xmlMechanism* operand xmlMechanism* ')'
  ;
extractField : name ;
xmlArgument : 'xmlattributes' '(' xmlAttribute (',' xmlAttribute)* ')' | expr ;
xmlAttribute : expr ('as' label)? ;
xmlMechanism : 'by' ('ref' | 'value') ;

// ---- Names and types

qualifiedName : name ('.' IDENTIFIER)* ;
nameList : name (',' name)* ;
typeName : 'setof'? scalarType (('[' NUMBER? ']')+ | 'array' ('[' NUMBER ']')?)? ;
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

setStatement : 'set' (constraintsMode | ('session' | localWord='local')? setRest) ;
constraintsMode
  : 'constraints' ('all' | qualifiedName (',' qualifiedName)*) ('deferred' | 'immediate')
  ;
setRest
  : transactionWord='transaction' (transactionModes | snapshotWord='snapshot' STRING)
  | 'session' characteristicsWord='characteristics' 'as' 'transaction' transactionModes
  | timeZone='time' 'zone' (settingValue | 'local' | 'default' | typedInterval)
  | 'session' authorizationWord='authorization' (wordOrString | 'default')
  | namesWord='names' (STRING | 'default')?
  | roleWord='role' wordOrString
  | schemaWord='schema' STRING
  | catalogWord='catalog' STRING
  | xmlWord='xml' 'option' ('document' | 'content')
  | settingName ('to' | '=') ('default' | settingValue (',' settingValue)*)
  | settingName fromCurrent='from' 'current'
  ;
settingName : name ('.' IDENTIFIER)* ;
settingValue : STRING | signedNumber | 'true' | 'false' | 'on' | nonReserved | PARAMETER ;
typedInterval : name ('(' NUMBER ')')? STRING intervalFields? ;
resetStatement : 'reset' resetRest ;
resetRest
  : 'all'
  | timeZone='time' 'zone'
  | 'transaction' isolationWord='isolation' 'level'
  | 'session' authorizationWord='authorization'
  | settingName
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
  : 'create' createTableKind? 'table' ifNotExists? qualifiedName
    ( 'partition' partitionOf='of' qualifiedName typedElements? partitionBound
    | ofWord='of' qualifiedName typedElements?
    | tableElements inheritsClause?
    | '(' nameList ')'
    |
    )
    partitionClauseOfTable? ('using' name)? ('with' reloptions | 'without' 'oids')? onCommit? ('tablespace' name)?
    (asWord='as' (query | executeStatement) withData?)?
  ;
createTableKind : ('local' | 'global')? temporaryWord=('temporary' | 'temp') | unloggedWord='unlogged' ;
ifNotExists : 'if' 'not' 'exists' ;
ifExists : 'if' 'exists' ;
inheritsClause : 'inherits' '(' qualifiedList ')' ;
partitionClauseOfTable : 'partition' 'by' name '(' partitionKey (',' partitionKey)* ')' ;
// A column, a call or an expression in parentheses.
partitionKey : (nameExpr | specialCall | keywordValue | parenthesised) ('collate' qualifiedName)? qualifiedName? ;
tableElements : '(' (tableElement (',' tableElement)*)? ')' ;
tableElement
  : columnDefinition
  | tableConstraint
  | likeWord='like' qualifiedName (('including' | 'excluding') likeOption)*
  ;
likeOption
  : 'comments' | 'compression' | 'constraints' | 'defaults' | 'identity' | 'generated' | 'indexes' | 'statistics'
  | 'storage' | 'all'
  ;
typedElements : '(' typedElement (',' typedElement)* ')' ;
typedElement : columnOptions | tableConstraint ;
columnOptions : name ('with' 'options')? columnConstraint* ;
columnDefinition
  : name typeName ('compression' (name | 'default'))? genericOptions? columnConstraint*
  ;
columnConstraint
  : 'collate' qualifiedName
  | ('constraint' name)?
    ( 'not' 'null'
    | 'null'
    | defaultWord='default' boundExpr
    | 'generated' ('always' | 'by' 'default') 'as' identityWord='identity' ('(' sequenceOption+ ')')?
    | generatedWord='generated' 'always' 'as' parenthesised 'stored'
    | primaryWord='primary' 'key' ('with' definition)? indexSpace?
    | uniqueWord='unique' nullsDistinct? ('with' definition)? indexSpace?
    | 'check' parenthesised ('no' 'inherit')?
    | referencesWord='references' qualifiedName ('(' nameList ')')? referenceOption*
    )
  | deferral
  ;
nullsDistinct : 'nulls' 'not'? 'distinct' ;
indexSpace : 'using' 'index' 'tablespace' name ;
// Expressions that an AND or a comparison's NOT would make ambiguous.
boundExpr
  : bounded (comparison bounded | 'is' 'not'? ('distinct' 'from' bounded | 'document'))*
  ;
tableConstraint
  : ('constraint' constraintName=name)?
    ( primaryWord='primary' 'key' (constraintColumns indexOptions | 'using' 'index' name)
    | uniqueWord='unique' (nullsDistinct? constraintColumns indexOptions | 'using' 'index' name)
    | checkWord='check' parenthesised
    | foreignWord='foreign' 'key' constraintColumns 'references' qualifiedName ('(' nameList ')')?
      referenceOption*
    | excludeWord='exclude' ('using' name)? '(' exclusion (',' exclusion)* ')' indexOptions ('where' parenthesised)?
    )
    constraintAttribute*
  ;
constraintAttribute : deferral | notValid='not' 'valid' | noInherit='no' 'inherit' ;
exclusion : indexElement 'with' (dottedOperator | 'operator' '(' dottedOperator ')') ;
constraintColumns : '(' nameList ')' ;
includeColumns : 'include' '(' indexElement (',' indexElement)* ')' ;
indexOptions : ('include' '(' nameList ')')? ('with' definition)? indexSpace? ;
referenceOption
  : 'match' ('full' | 'partial' | 'simple')
  | 'on' event=('delete' | 'update')
    ('no' 'action' | 'restrict' | 'cascade' | 'set' ('null' | 'default') listOpen='('? (nameList ')')?)
  ;
deferral : negated='not'? deferrable='deferrable' | 'initially' (deferred='deferred' | 'immediate') ;
partitionBound
  : 'default'
  | 'for' 'values' ('in' boundValues | 'from' boundValues 'to' boundValues
    | 'with' '(' boundOption (',' boundOption)* ')')
  ;
boundOption : nonReserved NUMBER ;
boundValues : '(' exprList ')' | QUERY_OPEN query ')' ;

alterTable
  : 'alter' 'table' ifExists? relation
    ( alterAction (',' alterAction)*
    | renameTo='rename' 'to' name
    | 'rename' renameConstraint='constraint' name 'to' name
    | renameColumn='rename' 'column'? name 'to' name
    | setSchema='set' 'schema' name
    | partitionChange
    )
  ;
partitionChange
  : 'attach' 'partition' qualifiedName partitionBound
  | 'detach' 'partition' qualifiedName ('concurrently' | 'finalize')?
  ;
alterAction
  : 'add' addConstraint=tableConstraint
  | 'add' 'column'? ifNotExists? addColumn=columnDefinition
  | 'drop' dropConstraint='constraint' ifExists? name dropBehavior?
  | 'drop' 'column'? ifExists? dropColumn=name dropBehavior?
  | 'alter' 'column'? column=name
    ( ('set' 'data')? typeWord='type' typeName ('collate' qualifiedName)? ('using' expr)?
    | alterColumnAction
    | alterColumnElse
    )
  | 'owner' 'to' roleName
  | 'set' ('logged' | 'unlogged' | 'without' ('oids' | 'cluster') | 'tablespace' name | reloptions)
  | 'reset' reloptions
  | ('enable' | 'disable' | 'force' | 'no' 'force') 'row' 'level' 'security'
  | ('enable' | 'disable') 'trigger' ('all' | 'user')
  | 'replica' 'identity' ('default' | 'full' | 'nothing')
  | alterElse
  ;
alterColumnAction
  : 'set' 'default' expr
  | 'drop' ('default' | 'not' 'null' | 'identity' ifExists? | 'expression' ifExists?)
  | 'set' ('not' 'null' | 'statistics' signedNumber | 'storage' name | 'compression' (name | 'default') | reloptions)
  | 'reset' reloptions
  ;
// What names another object, or makes a sequence: the planner knows none of these.
alterColumnElse
  : 'add' 'generated' ('always' | 'by' 'default') 'as' 'identity' ('(' sequenceOption+ ')')?
  | identityChange+
  | changedOptions
  ;
identityChange
  : 'restart' ('with'? signedNumber)?
  | 'set' (sequenceOption | 'generated' ('always' | 'by' 'default'))
  ;
columnNumber : NUMBER ;
alterElse
  : 'alter' 'constraint' name constraintAttribute*
  | 'alter' 'column'? columnNumber 'set' 'statistics' signedNumber
  | 'validate' 'constraint' name
  | 'cluster' 'on' name
  | 'enable' ('always' | 'replica')? ('trigger' | 'rule') name
  | 'disable' ('trigger' | 'rule') name
  | 'no'? 'inherit' qualifiedName
  | 'of' qualifiedName
  | 'not' 'of'
  | 'set' 'access' 'method' name
  | 'replica' 'identity' 'using' 'index' name
  | changedOptions
  ;

dropTable : 'drop' 'table' dropNames ;
dropIndex : 'drop' 'index' concurrentlyWord='concurrently'? dropNames ;
dropNames : ifExists? qualifiedName (',' qualifiedName)* (cascadeWord='cascade' | 'restrict')? ;

createIndex
  : 'create' uniqueWord='unique'? 'index' concurrentlyWord='concurrently'? (ifNotExists? indexName=name)?
    'on' relation ('using' name)? '(' indexElement (',' indexElement)* ')'
    includeColumns? nullsDistinct? ('with' reloptions)? ('tablespace' name)? whereClause?
  ;
// The key is a column, a call or an expression in parentheses.
indexElement
  : operand ('collate' qualifiedName)? (qualifiedName reloptions?)? ('asc' | 'desc')?
    ('nulls' ('first' | 'last'))?
  ;

truncateStatement
  : 'truncate' 'table'? relation (',' relation)* (restartWord='restart' 'identity' | 'continue' 'identity')?
    (cascadeWord='cascade' | 'restrict')?
  ;

// ---- EXPLAIN and COPY

explainStatement
  : 'explain' (explainOptions | analyzeWord=('analyze' | 'analyse')? 'verbose'?)
    (preparable | createTable | explained)
  ;
explained : executeStatement | refreshStatement | declareStatement | 'create' materializedView ;
explainOptions : '(' explainOption (',' explainOption)* ')' ;
explainOption : utilityName utilityValue? ;

copyStatement
  : 'copy' ( (QUERY_OPEN | '(') preparable ')' 'to' copyPlace 'with'? copyOptions
           | 'binary'? qualifiedName ('(' nameList ')')? (fromWord='from' | 'to') copyPlace
             ('using'? 'delimiters' STRING)? 'with'? copyOptions whereClause? )
  ;
copyPlace : standardWord=('stdin' | 'stdout') | 'program'? STRING ;
copyOptions : '(' copyItem (',' copyItem)* ')' | copyOption* ;
copyItem : label ('true' | 'false' | 'on' | nonReserved | STRING | signedNumber | '*' | '(' copyValue (',' copyValue)* ')')? ;
copyValue : 'true' | 'false' | 'on' | nonReserved | STRING ;
copyOption
  : 'binary' | 'freeze' | 'csv' | 'header'
  | ('delimiter' | 'null' | 'quote' | 'escape') 'as'? STRING
  | 'force' ('quote' (nameList | '*') | 'not'? 'null' nameList)
  | 'encoding' STRING
  ;

// ---- What every database has besides tables: created, altered, dropped
//
// The planner does not look into these (an OtherStatement names their words); the grammar knows them so that
// what is no SQL is told from what is.

otherStatement
  : createStatement
  | alterStatement
  | dropStatement
  | commentStatement
  | labelStatement
  | grantStatement
  | revokeStatement
  | cursorStatement
  | preparedStatement
  | maintenanceStatement
  | notifyStatement
  | doStatement
  | callStatement
  | lockStatement
  | importStatement
  | ownedStatement
  | refreshStatement
  | 'load' STRING
  | 'checkpoint'
  ;

// ---- Names and values of definitions

nonReserved : name | typeFunctionWord ;
functionName : nonReserved ('.' IDENTIFIER)* ;
roleName : nonReserved | 'current_user' | 'current_role' | 'session_user' ;
newRole : nonReserved ;
roleList : roleName (',' roleName)* ;
wordOrString : nonReserved | STRING ;
signedNumber : ('+' | '-')? NUMBER ;
qualifiedList : qualifiedName (',' qualifiedName)* ;
definition : '(' definitionItem (',' definitionItem)* ')' ;
definitionItem : label ('=' definitionValue)? ;
definitionValue : 'none' | functionType | reservedWord | operatorName | signedNumber | STRING ;
reloptions : '(' reloption (',' reloption)* ')' ;
reloption : label ('.' IDENTIFIER)? ('=' definitionValue)? ;
operatorSymbol
  : '+' | '-' | '*' | '/' | '%' | '^' | OPERATOR_SYMBOL | comparison
  ;
// OPERATOR(schema.+) or a bare one with a schema before it.
operatorName : operatorSymbol | namedOperator ;
dottedOperator : (name '.')* operatorSymbol ;
dropBehavior : 'cascade' | 'restrict' ;
utilityOptions : '(' utilityOption (',' utilityOption)* ')' ;
utilityOption : utilityName utilityValue? ;
utilityName : nonReserved | 'analyze' | 'analyse' | 'verbose' ;
utilityValue : 'true' | 'false' | 'on' | nonReserved | STRING | signedNumber ;
genericOptions : 'options' '(' genericOption (',' genericOption)* ')' ;
genericOption : label STRING ;
changedOptions : 'options' '(' changedOption (',' changedOption)* ')' ;
changedOption : ('set' | 'add')? label STRING | 'drop' label ;

functionType : 'setof'? typeFunctionName ('.' IDENTIFIER)+ '%' 'type' | typeName ;
functionArguments : '(' (functionArgument (',' functionArgument)*)? ')' ;
functionArgument : argumentHead ((defaultWord='default' | equalsWord='=') expr)? ;
argumentHead
  : argumentMode? typeFunctionName functionType
  | typeFunctionName argumentMode functionType
  | argumentMode? functionType
  ;
argumentMode : 'in' 'out'? | 'out' | 'inout' | 'variadic' ;
typeFunctionName : IDENTIFIER | plainWord | typeFunctionWord ;
functionSignature : functionName ('(' (argumentHead (',' argumentHead)*)? ')')? ;
functionSignatures : functionSignature (',' functionSignature)* ;
aggregateArguments
  : '(' ('*' | functionArgument (',' functionArgument)* ('order' 'by' functionArgument (',' functionArgument)*)?
    | 'order' 'by' functionArgument (',' functionArgument)*) ')'
  ;
aggregateSignature : functionName aggregateArguments ;
operatorSignature : dottedOperator operatorTypes ;
operatorTypes : '(' ('none' ',' typeName | typeName ',' 'none' | typeName ',' typeName) ')' ;

// ---- CREATE

createStatement
  : 'create'
    ( ('or' 'replace')? ('function' | 'procedure') functionName functionArguments functionReturns? functionOption* routineBody?
    | ('or' 'replace')? 'constraint'? 'trigger' name triggerTime triggerEvent ('or' triggerEvent)* 'on' qualifiedName
      ('from' qualifiedName)? deferral* triggerReferencing? triggerFor? triggerWhen? executeFunction
    | ('or' 'replace')? createTemporary? recursiveWord='recursive'? viewWord='view' qualifiedName ('(' nameList ')')? ('with' reloptions)? 'as' query
      viewCheck?
    | ('or' 'replace')? 'rule' name 'as' 'on' ruleEvent 'to' qualifiedName whereClause? 'do' ('instead' | 'also')? ruleActions
    | ('or' 'replace')? 'trusted'? 'procedural'? 'language' nonReserved languageHandler?
    | ('or' 'replace')? 'transform' 'for' typeName 'language' name '(' transformItem (',' transformItem)? ')'
    | ('or' 'replace')? 'aggregate' functionName (aggregateArguments definition | oldAggregate)
    | materializedView
    | createTemporary? sequenceWord='sequence' ifNotExists? qualifiedName sequenceOption*
    | 'domain' qualifiedName 'as'? typeName columnConstraint*
    | 'type' qualifiedName createType?
    | 'schema' schemaHead schemaElement*
    | 'policy' name 'on' qualifiedName ('as' policyKind)? ('for' policyCommand)? ('to' roleList)?
      ('using' parenthesised)? ('with' 'check' parenthesised)?
    | ('role' | 'user' | 'group') newRole 'with'? roleOption*
    | 'user' 'mapping' ifNotExists? 'for' mappedUser 'server' name genericOptions?
    | 'database' name 'with'? databaseOption*
    | 'tablespace' name ('owner' roleName)? 'location' STRING ('with' reloptions)?
    | 'extension' ifNotExists? name 'with'? extensionOption*
    | 'foreign' 'data' 'wrapper' name wrapperOption* genericOptions?
    | 'server' ifNotExists? name ('type' STRING)? serverVersion? 'foreign' 'data' 'wrapper' name genericOptions?
    | 'foreign' 'table' ifNotExists? qualifiedName
      (foreignElements | 'partition' 'of' qualifiedName typedElements? partitionBound) inheritsClause? 'server' name
      genericOptions?
    | 'access' 'method' name 'type' ('index' | 'table') 'handler' handlerName
    | 'cast' '(' typeName 'as' typeName ')'
      ('with' 'function' functionSignature | 'without' 'function' | 'with' 'inout') castContext?
    | 'default'? 'conversion' qualifiedName 'for' STRING 'to' STRING 'from' qualifiedName
    | 'collation' ifNotExists? qualifiedName (definition | 'from' qualifiedName)
    | 'text' 'search' ('parser' | 'dictionary' | 'template' | 'configuration') qualifiedName definition
    | 'operator' dottedOperator definition
    | 'operator' 'class' qualifiedName 'default'? 'for' 'type' typeName 'using' name ('family' qualifiedName)? 'as'
      classItem (',' classItem)*
    | 'operator' 'family' qualifiedName 'using' name
    | 'publication' name ('for' ('all' 'tables' | publicationObjects))? ('with' definition)?
    | 'subscription' name 'connection' STRING 'publication' nameList ('with' definition)?
    | 'statistics' ifNotExists? qualifiedName ('(' nameList ')')? 'on' statisticsItem (',' statisticsItem)*
      fromClause
    | 'event' 'trigger' name 'on' label ('when' eventFilter ('and' eventFilter)*)? 'execute' ('function' | 'procedure')
      functionName '(' ')'
    )
  ;

materializedView
  : 'unlogged'? 'materialized' 'view' ifNotExists? createAsTarget 'as' query withData?
  ;
createTemporary : ('local' | 'global')? ('temporary' | 'temp') | 'unlogged' ;
createAsTarget : qualifiedName ('(' nameList ')')? ('using' name)? ('with' reloptions | 'without' 'oids')? onCommit? ('tablespace' name)? ;
onCommit : 'on' 'commit' ('drop' | 'delete' 'rows' | 'preserve' 'rows') ;
withData : 'with' 'no'? 'data' ;
viewCheck : 'with' ('cascaded' | 'local')? 'check' 'option' ;

functionReturns : 'returns' ('table' '(' tableColumn (',' tableColumn)* ')' | functionType) ;
tableColumn : typeFunctionName functionType ;
functionOption
  : 'as' STRING (',' STRING)?
  | 'language' wordOrString
  | 'transform' transformType (',' transformType)*
  | 'window'
  | commonFunctionOption
  ;
transformType : 'for' 'type' typeName ;
commonFunctionOption
  : 'called' 'on' 'null' 'input'
  | 'returns' 'null' 'on' 'null' 'input'
  | 'strict' | 'immutable' | 'stable' | 'volatile'
  | 'external'? 'security' ('definer' | 'invoker')
  | 'not'? 'leakproof'
  | 'cost' signedNumber
  | 'rows' signedNumber
  | 'support' qualifiedName
  | setReset
  | 'parallel' name
  ;
routineBody
  : 'return' expr
  | 'begin' 'atomic' (routineStatement? ';')* 'end'
  ;
routineStatement : statement | 'return' expr ;
setReset : 'set' setRest | 'reset' resetRest ;

triggerTime : 'before' | 'after' | 'instead' 'of' ;
triggerEvent : 'insert' | 'delete' | 'update' ('of' nameList)? | 'truncate' ;
triggerReferencing : 'referencing' transitionTable+ ;
transitionTable : ('new' | 'old') ('table' | 'row') 'as'? name ;
triggerFor : 'for' 'each'? ('row' | ROW_CALL | 'statement') ;
triggerWhen : 'when' parenthesised ;
executeFunction : 'execute' ('function' | 'procedure') functionName '(' (triggerArgument (',' triggerArgument)*)? ')' ;
triggerArgument : NUMBER | STRING | label ;

ruleEvent : 'select' | 'update' | 'delete' | 'insert' ;
ruleActions : 'nothing' | ruleAction | '(' ruleAction? (';' ruleAction?)* ')' | QUERY_OPEN ruleAction? (';' ruleAction?)* ')' ;
ruleAction : preparable | notifyStatement ;

languageHandler : 'handler' handlerName ('inline' handlerName)? ('validator' handlerName | 'no' 'validator')? ;
handlerName : qualifiedName ;
transformItem : ('from' | 'to') 'sql' 'with' 'function' functionSignature ;
oldAggregate : '(' oldAggregateItem (',' oldAggregateItem)* ')' ;
oldAggregateItem : IDENTIFIER '=' definitionValue ;

sequenceOption
  : 'as' typeName
  | 'cache' signedNumber
  | 'cycle'
  | 'no' ('cycle' | 'maxvalue' | 'minvalue')
  | 'increment' 'by'? signedNumber
  | ('maxvalue' | 'minvalue') signedNumber
  | 'owned' 'by' qualifiedName
  | 'sequence' 'name' qualifiedName
  | 'start' 'with'? signedNumber
  | 'restart' ('with'? signedNumber)?
  ;
createType
  : definition
  | 'as' ( '(' (compositeColumn (',' compositeColumn)*)? ')'
         | 'enum' '(' (STRING (',' STRING)*)? ')'
         | 'range' definition )
  ;
compositeColumn : name typeName ('collate' qualifiedName)? ;
schemaHead : ifNotExists? (name ('authorization' roleName)? | 'authorization' roleName) ;
schemaElement : createTable | createIndex | createStatement | grantStatement ;
policyKind : IDENTIFIER ;
policyCommand : 'all' | 'select' | 'insert' | 'update' | 'delete' ;
roleOption
  : ('encrypted' | 'unencrypted')? 'password' (STRING | 'null')
  | 'inherit'
  | 'connection' 'limit' signedNumber
  | 'valid' 'until' STRING
  | 'user' roleList
  | 'sysid' NUMBER
  | ('admin' | 'role') roleList
  | 'in' ('role' | 'group') roleList
  | roleFlag
  ;
roleFlag : IDENTIFIER ;
alterRoleOption
  : ('encrypted' | 'unencrypted')? 'password' (STRING | 'null')
  | 'inherit'
  | 'connection' 'limit' signedNumber
  | 'valid' 'until' STRING
  | 'user' roleList
  | roleFlag
  ;
mappedUser : roleName | 'user' ;
databaseOption : databaseOptionName '='? (signedNumber | 'true' | 'false' | 'on' | wordOrString | 'default') ;
databaseOptionName : IDENTIFIER | 'connection' 'limit' | 'encoding' | 'location' | 'owner' | 'tablespace' | 'template' ;
extensionOption : 'schema' name | 'version' wordOrString | 'cascade' ;
wrapperOption : 'handler' handlerName | 'no' 'handler' | 'validator' handlerName | 'no' 'validator' ;
serverVersion : 'version' (STRING | 'null') ;
foreignElements : '(' (tableElement (',' tableElement)*)? ')' ;
castContext : 'as' ('implicit' | 'assignment') ;
classItem
  : 'operator' NUMBER dottedOperator operatorTypes? classPurpose? 'recheck'?
  | 'function' NUMBER ('(' typeName (',' typeName)* ')')? functionSignature
  | 'storage' typeName
  ;
classPurpose : 'for' ('search' | 'order' 'by' qualifiedName) ;
publicationObjects : publicationObject (',' publicationObject)* ;
publicationObject
  : tableWord='table' relation ('(' nameList ')')? publicationWhere?
  | tablesWord='tables' 'in' 'schema' (name | 'current_schema')
  | relation ('(' nameList ')')? publicationWhere?
  | 'current_schema'
  ;
publicationWhere : 'where' parenthesised ;
statisticsItem : nameExpr | parenthesised | specialCall ;
eventFilter : name 'in' '(' STRING (',' STRING)* ')' ;

// ---- ALTER

alterStatement
  : 'alter'
    ( 'index' ifExists? qualifiedName (alterAction (',' alterAction)* | 'attach' 'partition' qualifiedName | newName | dependsOn)
    | 'index' 'all' allInTablespace
    | 'table' 'all' allInTablespace
    | 'materialized' 'view' 'all' allInTablespace
    | 'sequence' ifExists? qualifiedName (sequenceOption+ | alterAction (',' alterAction)* | newName | newSchema)
    | 'view' ifExists? qualifiedName (alterAction (',' alterAction)* | newColumnName | newName | newSchema)
    | 'materialized' 'view' ifExists? qualifiedName
      (alterAction (',' alterAction)* | newColumnName | newName | newSchema | dependsOn)
    | 'foreign' 'table' ifExists? relation (alterAction (',' alterAction)* | newColumnName | newName | newSchema)
    | ('function' | 'procedure' | 'routine') functionSignature (commonFunctionOption+ 'restrict'? | objectChange | dependsOn)
    | 'aggregate' aggregateSignature objectChange
    | 'type' qualifiedName alterType
    | 'domain' qualifiedName alterDomain
    | 'extension' name ('update' ('to' wordOrString)* | 'set' 'schema' name | ('add' | 'drop') extensionMember)
    | 'database' name
      ('with'? databaseOption+ | 'set' 'tablespace' name | 'refresh' 'collation' 'version' | setReset | 'with'? | renameOrOwner)
    | ('role' | 'user') (roleName | 'all') ('in' 'database' name)? setReset
    | ('role' | 'user') roleName 'with'? alterRoleOption*
    | ('role' | 'user' | 'group') newRole 'rename' 'to' newRole
    | 'group' roleName ('add' | 'drop') 'user' roleList
    | 'user' 'mapping' 'for' mappedUser 'server' name changedOptions
    | 'default' 'privileges' defaultPrivilegesFor* (defaultGrant | defaultRevoke)
    | 'schema' name renameOrOwner
    | 'policy' ifExists? name 'on' qualifiedName
      ('rename' 'to' name | ('to' roleList)? ('using' parenthesised)? ('with' 'check' parenthesised)?)
    | 'trigger' name 'on' qualifiedName (newName | dependsOn)
    | 'rule' name 'on' qualifiedName 'rename' 'to' name
    | 'event' 'trigger' name ('enable' ('replica' | 'always')? | 'disable' | renameOrOwner)
    | 'collation' qualifiedName ('refresh' 'version' | objectChange)
    | 'conversion' qualifiedName objectChange
    | 'procedural'? 'language' name renameOrOwner
    | 'large' 'object' signedNumber 'owner' 'to' roleName
    | 'tablespace' name (('set' | 'reset') reloptions | renameOrOwner)
    | 'system' ('set' setRest | 'reset' resetRest)
    | 'statistics' ifExists? qualifiedName ('set' 'statistics' signedNumber | objectChange)
    | 'publication' name
      ('set' (definition | publicationObjects) | ('add' | 'drop') publicationObjects | renameOrOwner)
    | 'subscription' name alterSubscription
    | 'foreign' 'data' 'wrapper' name (wrapperOption+ changedOptions? | changedOptions | renameOrOwner)
    | 'server' name (serverVersion changedOptions? | changedOptions | renameOrOwner)
    | 'operator' operatorSignature ('set' '(' operatorChange (',' operatorChange)* ')' | newOwner | newSchema)
    | 'operator' ('class' | 'family') qualifiedName 'using' name
      (objectChange | 'add' classItem (',' classItem)* | 'drop' droppedItem (',' droppedItem)*)
    | 'text' 'search' ('parser' | 'template') qualifiedName (newName | newSchema)
    | 'text' 'search' 'dictionary' qualifiedName (definition | objectChange)
    | 'text' 'search' 'configuration' qualifiedName (alterMapping | objectChange)
    )
  ;
newColumnName : 'rename' 'column'? name 'to' name ;
newName : 'rename' 'to' name ;
newOwner : 'owner' 'to' roleName ;
newSchema : 'set' 'schema' name ;
dependsOn : 'no'? 'depends' 'on' 'extension' name ;
renameOrOwner : newName | newOwner ;
objectChange : newName | newOwner | newSchema ;
allInTablespace : 'in' 'tablespace' name ('owned' 'by' roleList)? 'set' 'tablespace' name 'nowait'? ;
alterType
  : 'add' 'value' ifNotExists? STRING (('before' | 'after') STRING)?
  | 'rename' 'value' STRING 'to' STRING
  | 'rename' 'attribute' name 'to' name dropBehavior?
  | 'set' '(' operatorChange (',' operatorChange)* ')'
  | attributeChange (',' attributeChange)*
  | objectChange
  ;
attributeChange
  : 'add' 'attribute' compositeColumn dropBehavior?
  | 'drop' 'attribute' ifExists? name dropBehavior?
  | 'alter' 'attribute' name ('set' 'data')? 'type' typeName ('collate' qualifiedName)? dropBehavior?
  ;
alterDomain
  : 'set' 'default' expr
  | 'drop' 'default'
  | ('set' | 'drop') 'not' 'null'
  | 'add' tableConstraint
  | 'drop' 'constraint' ifExists? name dropBehavior?
  | 'rename' 'constraint' name 'to' name
  | 'validate' 'constraint' name
  | objectChange
  ;
extensionMember
  : ('access' 'method' | 'event' 'trigger' | 'extension' | 'foreign' 'data' 'wrapper' | 'procedural'? 'language'
    | 'publication' | 'schema' | 'server' | 'database' | 'role' | 'subscription' | 'tablespace') name
  | ('table' | 'sequence' | 'materialized'? 'view' | 'index' | 'foreign' 'table' | 'collation' | 'conversion' | 'statistics'
    | 'text' 'search' ('parser' | 'dictionary' | 'template' | 'configuration')) qualifiedName
  | 'aggregate' aggregateSignature
  | 'cast' '(' typeName 'as' typeName ')'
  | ('domain' | 'type') typeName
  | ('function' | 'procedure' | 'routine') functionSignature
  | 'operator' operatorSignature
  | 'operator' ('class' | 'family') qualifiedName 'using' name
  | 'transform' 'for' typeName 'language' name
  ;
operatorChange : label ('=' ('none' | functionType | reservedWord | operatorName | signedNumber | STRING))? ;
droppedItem : ('operator' | 'function') NUMBER '(' typeName (',' typeName)* ')' ;
alterSubscription
  : 'set' definition
  | 'connection' STRING
  | 'refresh' 'publication' ('with' definition)?
  | ('add' | 'drop' | 'set') 'publication' nameList ('with' definition)?
  | 'enable' | 'disable'
  | 'skip' definition
  | renameOrOwner
  ;
alterMapping
  : ('add' | 'alter') 'mapping' 'for' nameList 'with' qualifiedList
  | 'alter' 'mapping' ('for' nameList)? 'replace' qualifiedName 'with' qualifiedName
  | 'drop' 'mapping' ifExists? 'for' nameList
  ;
defaultPrivilegesFor : 'in' 'schema' nameList | 'for' ('role' | 'user') roleList ;
defaultGrant : 'grant' privileges 'on' defaultTarget 'to' granteeList grantOption? ;
defaultRevoke : 'revoke' ('grant' 'option' 'for')? privileges 'on' defaultTarget 'from' granteeList dropBehavior? ;
defaultTarget : 'tables' | 'functions' | 'routines' | 'sequences' | 'types' | 'schemas' ;

// ---- DROP

dropStatement
  : 'drop'
    ( ('sequence' | 'materialized'? 'view' | 'foreign' 'table' | 'collation' | 'conversion' | 'statistics'
      | 'text' 'search' ('parser' | 'dictionary' | 'template' | 'configuration')) ifExists? qualifiedList dropBehavior?
    | ('access' 'method' | 'event' 'trigger' | 'extension' | 'foreign' 'data' 'wrapper' | 'procedural'? 'language'
      | 'publication' | 'schema' | 'server') ifExists? nameList dropBehavior?
    | ('policy' | 'rule' | 'trigger') ifExists? name 'on' qualifiedName dropBehavior?
    | ('type' | 'domain') ifExists? typeName (',' typeName)* dropBehavior?
    | ('function' | 'procedure' | 'routine') ifExists? functionSignatures dropBehavior?
    | 'aggregate' ifExists? aggregateSignature (',' aggregateSignature)* dropBehavior?
    | 'operator' ifExists? operatorSignature (',' operatorSignature)* dropBehavior?
    | 'operator' ('class' | 'family') ifExists? qualifiedName 'using' name dropBehavior?
    | 'cast' ifExists? '(' typeName 'as' typeName ')' dropBehavior?
    | 'transform' ifExists? 'for' typeName 'language' name dropBehavior?
    | ('role' | 'user' | 'group') ifExists? roleList
    | 'user' 'mapping' ifExists? 'for' mappedUser 'server' name
    | 'database' ifExists? name ('with'? '(' 'force' (',' 'force')* ')')?
    | 'tablespace' ifExists? name
    | 'subscription' ifExists? name dropBehavior?
    )
  ;
ownedStatement : 'drop' 'owned' 'by' roleList dropBehavior? | 'reassign' 'owned' 'by' roleList 'to' roleName ;

// ---- COMMENT, SECURITY LABEL

commentStatement : 'comment' 'on' commented 'is' (STRING | 'null') ;
commented
  : extensionMember
  | 'column' qualifiedName
  | ('constraint') name 'on' ('domain'? qualifiedName)
  | ('policy' | 'rule' | 'trigger') name 'on' qualifiedName
  | 'large' 'object' signedNumber
  ;
labelStatement
  : 'security' 'label' ('for' wordOrString)? 'on'
    ( extensionMember | 'column' qualifiedName | 'large' 'object' signedNumber ) 'is' (STRING | 'null')
  ;

// ---- GRANT, REVOKE

grantStatement
  : 'grant' privileges 'on' privilegeTarget 'to' granteeList grantOption? grantedBy?
  | 'grant' privilegeList 'to' roleList ('with' 'admin' 'option')? grantedBy?
  ;
revokeStatement
  : 'revoke' ('grant' 'option' 'for')? privileges 'on' privilegeTarget 'from' granteeList grantedBy? dropBehavior?
  | 'revoke' ('admin' 'option' 'for')? privilegeList 'from' roleList grantedBy? dropBehavior?
  ;
privileges : 'all' 'privileges'? ('(' nameList ')')? | privilegeList ;
privilegeList : privilege (',' privilege)* ;
privilege : ('select' | 'references' | 'create' | name) ('(' nameList ')')? | 'alter' 'system' ;
privilegeTarget
  : 'table'? qualifiedList
  | 'sequence' qualifiedList
  | 'foreign' ('data' 'wrapper' | 'server') nameList
  | ('function' | 'procedure' | 'routine') functionSignatures
  | ('database' | 'language' | 'schema' | 'tablespace') nameList
  | 'large' 'object' signedNumber (',' signedNumber)*
  | 'parameter' settingName (',' settingName)*
  | ('domain' | 'type') qualifiedList
  | 'all' ('tables' | 'sequences' | 'functions' | 'procedures' | 'routines') 'in' 'schema' nameList
  ;
granteeList : grantee (',' grantee)* ;
grantee : 'group'? roleName ;
grantOption : 'with' 'grant' 'option' ;
grantedBy : 'granted' 'by' roleName ;

// ---- MERGE

mergeStatement
  : 'merge' 'into' target 'using' tableRef 'on' expr mergeWhen+
  ;
mergeWhen
  : 'when' 'matched' ('and' expr)? 'then' ('update' 'set' assignment (',' assignment)* | 'delete' | 'do' 'nothing')
  | 'when' 'not' 'matched' ('and' expr)? 'then' (mergeInsert | 'do' 'nothing')
  ;
mergeInsert
  : 'insert' insertColumns? overriding? 'values' '(' exprList ')'
  | 'insert' 'default' 'values'
  ;

// ---- Cursors and prepared statements

cursorStatement
  : declareStatement
  | ('fetch' | 'move') fetchArguments
  | 'close' ('all' | name)
  ;
declareStatement : 'declare' name cursorOption* 'cursor' (('with' | 'without') 'hold')? 'for' query ;
cursorOption : 'no' 'scroll' | 'scroll' | 'binary' | 'asensitive' | 'insensitive' ;
fetchArguments
  : name
  | fetchFrom name
  | ('next' | 'prior' | 'first' | 'last') fetchFrom? name
  | ('absolute' | 'relative') signedNumber fetchFrom? name
  | signedNumber fetchFrom? name
  | 'all' fetchFrom? name
  | ('forward' | 'backward') (signedNumber | 'all')? fetchFrom? name
  ;
fetchFrom : 'from' | 'in' ;
preparedStatement
  : 'prepare' name ('(' typeName (',' typeName)* ')')? 'as' preparable
  | executeStatement
  | 'deallocate' 'prepare'? (name | 'all')
  | 'discard' ('all' | 'temp' | 'temporary' | 'plans' | 'sequences')
  ;
executeStatement : 'execute' name ('(' exprList ')')? ;

// ---- VACUUM and the like

maintenanceStatement
  : 'vacuum' ( utilityOptions | 'full'? 'freeze'? 'verbose'? ('analyze' | 'analyse')? ) maintainedTables?
  | ('analyze' | 'analyse') (utilityOptions | 'verbose'?) maintainedTables?
  | 'cluster' ( utilityOptions qualifiedName ('using' name)? | 'verbose'? (qualifiedName ('using' name)? | name 'on' qualifiedName)? )
  | 'reindex' utilityOptions? (('index' | 'table') 'concurrently'? qualifiedName | ('schema' | 'database' | 'system') 'concurrently'? name)
  ;
maintainedTables : maintainedTable (',' maintainedTable)* ;
maintainedTable : relation ('(' nameList ')')? ;
notifyStatement : 'listen' name | 'notify' name (',' STRING)? | 'unlisten' (name | '*') ;
doStatement : 'do' (STRING | 'language' wordOrString)+ ;
callStatement : 'call' functionName callArguments ;
lockStatement
  : 'lock' 'table'? relation (',' relation)* ('in' lockMode 'mode')? 'nowait'?
  ;
lockMode
  : 'access' 'share' | 'row' 'share' | 'row' 'exclusive' | 'share' 'update' 'exclusive' | 'share'
  | 'share' 'row' 'exclusive' | 'exclusive' | 'access' 'exclusive'
  ;
importStatement
  : 'import' 'foreign' 'schema' name (('limit' 'to' | 'except') '(' qualifiedList ')')? 'from' 'server' name 'into' name
    genericOptions?
  ;
refreshStatement : 'refresh' 'materialized' 'view' 'concurrently'? qualifiedName withData? ;

// ---- Words

label : name | typeFunctionWord | reservedWord ;
name : IDENTIFIER | plainWord | columnWord ;
// Where a name can follow an expression without AS.
bareLabel : IDENTIFIER | plainWord ;

// The unreserved keywords that are named above. Those that context_words.cpp makes keywords only where
// one can stand are IDENTIFIERs elsewhere.
plainWord
  :
    'abort' | 'absolute' | 'access' | 'action' | 'add' | 'admin' | 'after' | 'aggregate' | 'also' | 'alter'
    | 'always' | 'asensitive' | 'assignment' | 'atomic' | 'attach' | 'attribute' | 'backward' | 'before'
    | 'begin' | 'breadth' | 'by' | 'cache' | 'call' | 'called' | 'cascade' | 'cascaded' | 'catalog'
    | 'chain' | 'characteristics' | 'checkpoint' | 'class' | 'close' | 'cluster' | 'columns' | 'comment'
    | 'comments' | 'commit' | 'committed' | 'compression' | 'configuration' | 'conflict' | 'connection'
    | 'constraints' | 'content' | 'continue' | 'conversion' | 'copy' | 'cost' | 'csv' | 'current' | 'cursor'
    | 'cycle' | 'data' | 'database' | 'deallocate' | 'declare' | 'defaults' | 'deferred' | 'definer'
    | 'delete' | 'delimiter' | 'delimiters' | 'depends' | 'depth' | 'detach' | 'dictionary' | 'disable'
    | 'discard' | 'document' | 'domain' | 'drop' | 'each' | 'enable' | 'encoding' | 'encrypted' | 'enum'
    | 'escape' | 'event' | 'exclude' | 'excluding' | 'exclusive' | 'execute' | 'explain' | 'expression'
    | 'extension' | 'external' | 'family' | 'finalize' | 'first' | 'following' | 'force' | 'forward'
    | 'function' | 'functions' | 'generated' | 'global' | 'granted' | 'groups' | 'handler' | 'header'
    | 'hold' | 'identity' | 'if' | 'immediate' | 'immutable' | 'implicit' | 'import' | 'include'
    | 'including' | 'increment' | 'index' | 'indexes' | 'inherit' | 'inherits' | 'inline' | 'input'
    | 'insensitive' | 'insert' | 'instead' | 'invoker' | 'isolation' | 'key' | 'label' | 'language'
    | 'large' | 'last' | 'leakproof' | 'level' | 'listen' | 'load' | 'local' | 'location' | 'lock'
    | 'locked' | 'logged' | 'mapping' | 'match' | 'matched' | 'materialized' | 'maxvalue' | 'merge'
    | 'method' | 'minvalue' | 'mode' | 'move' | 'name' | 'names' | 'new' | 'next' | 'nfc' | 'nfd' | 'nfkc'
    | 'nfkd' | 'no' | 'normalized' | 'nothing' | 'notify' | 'nowait' | 'nulls' | 'object' | 'of' | 'oids'
    | 'old' | 'operator' | 'option' | 'options' | 'ordinality' | 'others' | 'overriding' | 'owned' | 'owner'
    | 'parallel' | 'parameter' | 'parser' | 'partial' | 'partition' | 'passing' | 'password' | 'plans'
    | 'policy' | 'preceding' | 'prepare' | 'prepared' | 'preserve' | 'prior' | 'privileges' | 'procedural'
    | 'procedure' | 'procedures' | 'program' | 'publication' | 'quote' | 'range' | 'read' | 'reassign'
    | 'recheck' | 'recursive' | 'ref' | 'referencing' | 'refresh' | 'reindex' | 'relative' | 'release'
    | 'rename' | 'repeatable' | 'replace' | 'replica' | 'reset' | 'restart' | 'restrict' | 'return'
    | 'returns' | 'revoke' | 'role' | 'rollback' | 'routine' | 'routines' | 'rows' | 'rule' | 'savepoint'
    | 'schema' | 'schemas' | 'scroll' | 'search' | 'security' | 'sequence' | 'sequences' | 'serializable'
    | 'server' | 'session' | 'set' | 'sets' | 'share' | 'show' | 'simple' | 'skip' | 'snapshot' | 'sql'
    | 'stable' | 'standalone' | 'start' | 'statement' | 'statistics' | 'stdin' | 'stdout' | 'storage'
    | 'stored' | 'strict' | 'strip' | 'subscription' | 'support' | 'sysid' | 'system' | 'tables'
    | 'tablespace' | 'temp' | 'template' | 'temporary' | 'text' | 'ties' | 'transaction' | 'transform'
    | 'trigger' | 'truncate' | 'trusted' | 'type' | 'types' | 'unbounded' | 'uncommitted' | 'unencrypted'
    | 'unknown' | 'unlisten' | 'unlogged' | 'until' | 'update' | 'vacuum' | 'valid' | 'validate'
    | 'validator' | 'value' | 'version' | 'view' | 'volatile' | 'whitespace' | 'work' | 'wrapper' | 'write'
    | 'xml' | 'yes' | 'zone'
  ;

// Those that may name a column or a table, but no function and no type.
columnWord
  :
    'inout' | 'none' | 'out' | 'row' | 'setof'
  ;

// Those that may name a function or a type, but no column and no table.
typeFunctionWord
  :
    'authorization' | 'binary' | 'collation' | 'concurrently' | 'cross' | 'current_schema' | 'freeze'
    | 'full' | 'ilike' | 'inner' | 'is' | 'isnull' | 'join' | 'left' | 'like' | 'natural' | 'notnull'
    | 'outer' | 'overlaps' | 'right' | 'similar' | 'tablesample' | 'verbose'
  ;

reservedWord
  : RESERVED
  |
    'all' | 'analyse' | 'analyze' | 'and' | 'any' | 'array' | 'as' | 'asc' | 'asymmetric' | 'both' | 'case'
    | 'cast' | 'check' | 'collate' | 'column' | 'constraint' | 'create' | 'current_catalog' | 'current_date'
    | 'current_role' | 'current_time' | 'current_timestamp' | 'current_user' | 'default' | 'deferrable'
    | 'desc' | 'distinct' | 'do' | 'else' | 'end' | 'except' | 'false' | 'fetch' | 'for' | 'foreign'
    | 'from' | 'grant' | 'group' | 'having' | 'in' | 'initially' | 'intersect' | 'into' | 'lateral'
    | 'leading' | 'limit' | 'localtime' | 'localtimestamp' | 'not' | 'null' | 'offset' | 'on' | 'only'
    | 'or' | 'order' | 'placing' | 'primary' | 'references' | 'returning' | 'select' | 'session_user'
    | 'some' | 'symmetric' | 'table' | 'then' | 'to' | 'trailing' | 'true' | 'union' | 'unique' | 'user'
    | 'using' | 'variadic' | 'when' | 'where' | 'window' | 'with'
  | NOT_PREDICATE | SIMILAR_PATTERN
  ;
