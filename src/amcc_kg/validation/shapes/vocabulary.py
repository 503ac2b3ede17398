"""SHACL's vocabulary: the IRIs that are looked for, as keys of terms, and every name that shapes may use."""

# ruff: noqa: SIM905 (as lists of texts the names would be pages long)

from __future__ import annotations

from amcc_kg.terms.prefixes import OWL, RDF, RDFS, XSD

SHACL = "http://www.w3.org/ns/shacl#"

FIRST = f"<{RDF}first>"
NIL = f"<{RDF}nil>"
REST = f"<{RDF}rest>"
TYPE = f"<{RDF}type>"
CLASS = f"<{RDFS}Class>"
DATATYPE = f"{RDFS}Datatype"
LITERAL = f"{RDFS}Literal"
RESOURCE = f"<{RDFS}Resource>"
SUBCLASS = f"<{RDFS}subClassOf>"
OWL_CLASS = f"<{OWL}Class>"
ONTOLOGY = f"<{OWL}Ontology>"
LANGUAGE_STRING = f"{RDF}langString"
STRING = f"{XSD}string"


def sh(name: str) -> str:
    """Return the key of a term of SHACL's vocabulary."""
    return f"<{SHACL}{name}>"


NODE_KINDS = {
    sh("IRI"): "<",
    sh("BlankNode"): "_",
    sh("Literal"): '"',
    sh("BlankNodeOrIRI"): "_<",
    sh("BlankNodeOrLiteral"): '_"',
    sh("IRIOrLiteral"): '<"',
}
"""The node kinds, with the first characters of the keys of the terms that are of them."""

CORE = frozenset(
    """
    AbstractResult AndConstraintComponent BlankNode BlankNodeOrIRI BlankNodeOrLiteral
    ClassConstraintComponent ClosedConstraintComponent ConstraintComponent DatatypeConstraintComponent
    DisjointConstraintComponent EqualsConstraintComponent HasValueConstraintComponent IRI IRIOrLiteral
    InConstraintComponent Info LanguageInConstraintComponent LessThanConstraintComponent
    LessThanOrEqualsConstraintComponent Literal MaxCountConstraintComponent MaxExclusiveConstraintComponent
    MaxInclusiveConstraintComponent MaxLengthConstraintComponent MinCountConstraintComponent
    MinExclusiveConstraintComponent MinInclusiveConstraintComponent MinLengthConstraintComponent
    NodeConstraintComponent NodeKind NodeKindConstraintComponent NodeShape NotConstraintComponent
    OrConstraintComponent Parameter Parameterizable PatternConstraintComponent PrefixDeclaration
    PropertyConstraintComponent PropertyGroup PropertyShape QualifiedMaxCountConstraintComponent
    QualifiedMinCountConstraintComponent ResultAnnotation SPARQLAskExecutable SPARQLAskValidator
    SPARQLConstraint SPARQLConstraintComponent SPARQLExecutable SPARQLSelectExecutable SPARQLSelectValidator
    Severity Shape UniqueLangConstraintComponent ValidationReport ValidationResult Validator Violation
    Warning XoneConstraintComponent alternativePath and annotationProperty annotationValue annotationVarName
    ask class closed conforms datatype deactivated declare defaultValue description detail disjoint
    entailment equals flags focusNode group hasValue ignoredProperties in inversePath labelTemplate
    languageIn lessThan lessThanOrEquals maxCount maxExclusive maxInclusive maxLength message minCount
    minExclusive minInclusive minLength name namespace node nodeKind nodeValidator not oneOrMorePath
    optional or order parameter path pattern prefix prefixes property propertyValidator qualifiedMaxCount
    qualifiedMinCount qualifiedValueShape qualifiedValueShapesDisjoint result resultAnnotation resultMessage
    resultPath resultSeverity select severity shapesGraph shapesGraphWellFormed sourceConstraint
    sourceConstraintComponent sourceShape sparql suggestedShapesGraph targetClass targetNode targetObjectsOf
    targetSubjectsOf uniqueLang update validator value xone zeroOrMorePath zeroOrOnePath
    """.split()
)
"""The terms of the Recommendation of 2017."""

NOT_EVALUATED = frozenset(
    """
    ExpressionConstraintComponent Function JSConstraint JSConstraintComponent JSExecutable JSFunction
    JSLibrary JSRule JSTarget JSTargetType JSValidator MemberShapeConstraintComponent
    ReifierShapeConstraintComponent Rule Rules SPARQLConstructExecutable SPARQLFunction SPARQLRule
    SPARQLTarget SPARQLTargetType SPARQLUpdateExecutable ShapeClass SingleLineConstraintComponent Target
    TargetType TripleRule UniqueMembersConstraintComponent condition construct expression filterShape
    intersection js jsFunctionName jsLibrary jsLibraryURL maxListLength memberShape minListLength
    nodeByExpression nodes object predicate reificationRequired reifierShape returnType rootClass rule shape
    singleLine someValue subject subsetOf target targetWhere this union uniqueMembers values
    """.split()
)
"""Terms of SHACL Advanced Features, SHACL-JS and SHACL 1.2: known, and not evaluated by any engine here."""

DECIDING = frozenset(
    """
    expression js maxListLength memberShape minListLength nodeByExpression reificationRequired reifierShape
    rootClass rule shape singleLine someValue subsetOf target targetWhere uniqueMembers values
    """.split()
)
"""Those of the terms not evaluated that a shape states something with."""

PARAMETERS = frozenset(
    """
    and class closed datatype disjoint equals hasValue in languageIn lessThan lessThanOrEquals maxCount
    maxExclusive maxInclusive maxLength minCount minExclusive minInclusive minLength node nodeKind not or
    pattern property qualifiedValueShape sparql uniqueLang xone
    """.split()
)
"""The parameters that make their subject a shape (SHACL section 2.1)."""

XSD_DATATYPES = frozenset(
    """
    ENTITIES ENTITY ID IDREF IDREFS NCName NMTOKEN NMTOKENS NOTATION Name QName anyAtomicType anySimpleType
    anyType anyURI base64Binary boolean byte date dateTime dateTimeStamp dayTimeDuration decimal double
    duration float gDay gMonth gMonthDay gYear gYearMonth hexBinary int integer language long
    negativeInteger nonNegativeInteger nonPositiveInteger normalizedString positiveInteger short string time
    token unsignedByte unsignedInt unsignedLong unsignedShort yearMonthDuration
    """.split()
)
"""The names in the namespace of XML Schema that a literal may be of."""

RDF_DATATYPES = frozenset("HTML JSON PlainLiteral XMLLiteral dirLangString langString".split())
"""The same for RDF's namespace."""
