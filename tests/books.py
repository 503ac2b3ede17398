"""A few books, three lines of them broken, with their shapes and the places of what is wrong."""

from __future__ import annotations

SHAPES = """@prefix : <http://e/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

:Book a sh:NodeShape ;
    sh:targetClass :Book ;
    sh:property [
        sh:path :title ;
        sh:minCount 1 ;
        sh:description "A book has a title, or nobody finds it." ] ;
    sh:property [ sh:path :pages ; sh:datatype xsd:integer ] ;
    sh:property [ sh:path :state ; sh:in ( :lent :shelved ) ; sh:severity sh:Warning ] .
"""
BOOKS = """@prefix : <http://e/> .

:emma a :Book ; :title "Emma" ; :pages 474 ; :state :shelved .

:persuasion a :Book ; :pages 249 .

:ulysses a :Book ;
    :title "Ulysses, 50% off: a\u00a0b" ;
    :pages "many" ;
    :state :shelvd .
"""
PLACES = [("books.ttl", 5, 1), ("books.ttl", 9, 12), ("books.ttl", 10, 12)]
