/** A language like that of opsc in Langium's grammar language. */
export const GRAMMAR = `
grammar Runbook

entry Model: (imports+=Import | uses+=Use | declarations+=Declaration)*;

Import: 'import' path=STRING;
Use: 'use' provider=ID;
Declaration: Enum | Record | Action | Operation;

Enum: 'enum' name=ID '{' members+=Member (',' members+=Member)* '}';
Member: name=ID;
Record: 'type' name=ID '=' '{' fields+=Field (',' fields+=Field)* '}';
Field: name=ID ':' type=TypeRef;
Operation: 'operation' name=ID '(' (params+=Param (',' params+=Param)*)? ')';
Action: 'action' name=ID '(' (params+=Param (',' params+=Param)*)? ')' '{' statements+=Statement* '}';
Param: name=ID ':' type=TypeRef ('=' default=Expression)?;

TypeRef: scalar=('string' | 'int' | 'bool') | ref=[NamedType:ID];
type NamedType = Enum | Record;

Statement: Let | Require | Step;
Let: 'let' name=ID (':' type=TypeRef)? '=' value=Expression;
Require: 'require' condition=Expression 'else' message=Expression;
Step: 'step' name=ID '=' operation=[Operation:ID] '(' (args+=Argument (',' args+=Argument)*)? ')' '{' 'rollback' 'auto' '}';
Argument: param=[Param:ID] ':' value=Expression;

Expression: And;
And infers Expression: Equality ({infer Binary.left=current} op='&&' right=Equality)*;
Equality infers Expression: Relation ({infer Binary.left=current} op=('==' | '!=') right=Relation)*;
Relation infers Expression: Sum ({infer Binary.left=current} op=('<=' | '>=' | '<' | '>') right=Sum)*;
Sum infers Expression: Product ({infer Binary.left=current} op=('+' | '-') right=Product)*;
Product infers Expression: Postfix ({infer Binary.left=current} op=('*' | '/') right=Postfix)*;
Postfix infers Expression: Primary ({infer Access.of=current} '.' member=[Named:ID])*;
Primary infers Expression: Text | Num | Ref | ListValue | RecordValue | '(' Expression ')';
Text: value=STRING;
Num: value=NUMBER;
Ref: target=[Value:ID];
ListValue: '[' (items+=Expression (',' items+=Expression)*)? ']';
RecordValue: '{' fields+=FieldValue (',' fields+=FieldValue)* '}';
FieldValue: name=ID ':' value=Expression;

type Value = Param | Let | Step | Enum;
type Named = Field | Member;

terminal ID: /[_a-zA-Z][\\w]*/;
terminal NUMBER returns number: /[0-9]+/;
terminal STRING: /"[^"\\n]*"/;
hidden terminal WS: /\\s+/;
hidden terminal COMMENT: /\\/\\/[^\\n\\r]*/;
`;
